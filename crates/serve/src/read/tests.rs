use super::*;

fn read(text: &str) -> Behaviour {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn wrong(text: &str) -> (String, String) {
    let error = text.parse::<Behaviour>().expect_err(text);
    (error.to_string(), error.hint().expect("every mistake has a hint"))
}

#[test]
fn every_service_of_the_list_can_be_had_alone() {
    for name in services() {
        let behaviour = read(name);
        assert_eq!((behaviour.filters.as_slice(), behaviour.reply_size), (&[][..], None), "{name}");
    }
    assert_eq!(read("dns").service.port(), 53);
    assert_eq!(read("ntpd-4.2.7p100").service.port(), 123);
}

#[test]
fn what_drops_requests_keeps_its_order() {
    let behaviour =
        read("ntpd-4.2.7p273,loss=5%,ports=123+1024-65535+odd,request-size=48,forgets=20s,dead-link=4");
    let ports = vec![Ports::Range(123..=123), Ports::Range(1024..=65_535), Ports::Odd];
    let expected = [
        Filter::Loss(0.05),
        Filter::Ports(ports),
        Filter::RequestSize(48),
        Filter::Forgets(Span::from_seconds(20)),
        Filter::DeadLink(4),
    ];
    assert_eq!(behaviour.filters, expected);
}

#[test]
fn each_modifier_arrives_where_it_belongs() {
    let behaviour = read("echo,reply-size=512,takes=20ms,at-once=1,bucket=2.5/10,client-bucket=1/3");
    assert_eq!((behaviour.reply_size, behaviour.at_once), (Some(512), 1));
    assert_eq!(behaviour.takes, Span::from_milliseconds(20));
    let buckets = [(2.5, 10, Shared::All), (1.0, 3, Shared::Client)];
    let buckets = buckets.map(|(rate, depth, shared)| Filter::Bucket(Bucket { rate, depth, shared }));
    assert_eq!(behaviour.filters, buckets);

    let time = |text: &str| match read(text).service {
        Service::Ntp(service) => service,
        other @ (Service::Dns(_) | Service::Echo) => panic!("{other:?}"),
    };
    assert_eq!(time("chrony").stratum, 10);
    assert_eq!(time("chrony,stratum=2").stratum, 2);
    assert_eq!(time("chrony,unsynchronised").stratum, 16);
    assert_eq!(time("chrony").limit, None);
    assert_eq!(time("chrony,limit").limit, Some(Limit::default()));
    let silent = time("ntpd-4.2.8,limit=4/2,no-kod").limit.expect("a limit");
    assert_eq!((silent.average, silent.burst, silent.kod), (4, 2, false));
    assert_eq!(time("ntpsec,refuses").refuses, Some(Kiss::Deny));
    assert_eq!(time("ntpsec,refuses=RSTR").refuses, Some(Kiss::Restrict));

    let Service::Dns(names) = read("dns,refuses,ignores-type=aaaa,ignores-type=99,ignores-edns").service
    else {
        panic!("not a name server");
    };
    assert_eq!(names, DnsService { ignored_types: vec![28, 99], ignores_edns: true, refuses: true });
}

#[test]
fn every_declared_modifier_can_be_written() {
    let values = [
        ("PORTS", "even"),
        ("BYTES", "100"),
        ("SHARE", "0.5"),
        ("RATE/DEPTH", "1/1"),
        ("TIME", "1s"),
        ("LINKS", "4"),
        ("NUMBER", "1"),
        ("TYPE", "A"),
    ];
    for modifier in modifiers() {
        let value = values.iter().find(|(kind, _)| *kind == modifier.value);
        let written =
            value.map_or_else(|| modifier.name.to_owned(), |(_, value)| format!("{}={value}", modifier.name));
        let fits = ["chrony", "dns"]
            .iter()
            .any(|service| format!("{service},{written}").parse::<Behaviour>().is_ok());
        assert!(fits, "{written}");
        assert!(!modifier.words.is_empty());
    }
}

#[test]
fn a_mistake_is_named_with_what_would_be_right() {
    let (said, hint) = wrong("ntpd-4.2.x");
    assert_eq!(said, "\"ntpd-4.2.x\" is not known");
    assert!(hint.ends_with("--list shows all"), "{hint}");
    assert_eq!(wrong("chrony,lost=1%").0, "no modifier \"lost\"");
    let shares = "expected a share such as 5% or 0.05".to_owned();
    for share in ["", "101%", "-1", "NaN", "much"] {
        assert_eq!(wrong(&format!("echo,loss={share}")).1, shares, "{share}");
    }
    for text in [
        "echo,ports=9-8",
        "echo,ports=",
        "echo,bucket=5",
        "echo,bucket=inf/3",
        "echo,bucket=1/0",
        "echo,takes=0",
        "echo,takes=2",
        "echo,takes=2h",
        "echo,at-once=0",
        "echo,at-once=1025",
        "echo,request-size=65536",
        "dns,ignores-edns=yes",
        "ntpsec,refuses=RATE",
        "ntpsec,stratum=16",
        "ntpsec,limit=18/8",
    ] {
        assert!(wrong(text).1.starts_with("expected "), "{text}");
    }
    for text in [
        "echo,limit",
        "dns,unsynchronised",
        "chrony,ignores-edns",
        "echo,refuses",
        "windows,limit",
        "sntp,no-kod",
    ] {
        assert!(wrong(text).1.starts_with("it is for "), "{text}");
    }
}
