# shellcheck shell=bash
# HTTP and TLS: nginx, curl, openssl, and what raw sockets may do.

# web NAME: nginx with keep-alive, redirects, what is not there, uploads, HTTP/2, and a slow back end.
web() {
    local name=$1
    mkdir -p "$WORK/www" "$WORK/temp"
    head -c 1500 /dev/urandom | base64 >"$WORK/www/index.html"
    head -c 60000 /dev/zero >"$WORK/www/big"
    head -c 600000 /dev/zero >"$WORK/www/huge"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=www.lab.test -addext subjectAltName=DNS:www.lab.test \
        -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
    cat >"$WORK/nginx.conf" <<CONF
user root; daemon off; pid $WORK/nginx.pid; error_log $WORK/nginx.log;
events { }
http {
  access_log off; client_body_temp_path $WORK/temp; proxy_temp_path $WORK/temp/p; keepalive_timeout 3;
  fastcgi_temp_path $WORK/temp/f; uwsgi_temp_path $WORK/temp/u; scgi_temp_path $WORK/temp/s;
  server {
    listen 80; listen [::]:80; listen 443 ssl http2; root $WORK/www;
    ssl_certificate $WORK/cert.pem; ssl_certificate_key $WORK/key.pem; ssl_session_cache shared:s:1m;
    location /old { return 301 /; }
    location /slow { proxy_pass http://127.0.0.1:8000; }
    location /upload { proxy_pass http://127.0.0.1:8000; }
    location /later { return 503; }
  }
  server { listen 8080 http2; root $WORK/www; }
}
CONF
    start "$name" python3 "$here/recording/backend.py"
    start "$name" nginx -c "$WORK/nginx.conf"
    until_ready on "$name" curl -sf -o /dev/null http://127.0.0.1/
    until_ready on "$name" curl -sf -o /dev/null -X POST -d x http://127.0.0.1/upload
}

S=http://10.88.11.2
get() { asks "${FROM:-client}" "$1" curl -sS -m 20 -o /dev/null "${@:2}"; }

record_http() {
    host client 1; host server 11
    web server
    watch client client eth0; watch server server eth0
    local i
    for i in 1 2 3; do
        get "keep-alive, six pages" $S/ $S/ $S/gone $S/old $S/ $S/big -o /dev/null -o /dev/null -o /dev/null -o /dev/null -o /dev/null
        get "not modified" -z "2040-01-01" $S/
        get "moved, followed" -L $S/old
        get "HEAD" -I $S/big
        get "Connection: close" -H "Connection: close" $S/
        get "HTTP/1.0" -0 $S/
        get "upload, 100-continue" -H "Expect: 100-continue" --data-binary "@$WORK/www/big" $S/upload
        get "HTTP/2" --http2-prior-knowledge http://10.88.11.2:8080/
        get "HTTP/2" --http2-prior-knowledge http://10.88.11.2:8080/big
        get "part" -r 0-99 $S/big
        get "unavailable for now" $S/later
    done
    # The keep-alive ends by nginx's own time-out, while the client still holds the connection.
    asks client "closed by the server" python3 "$here/recording/closing.py" 10.88.11.2 idle
    for i in reset half linger pipelined fin; do
        asks client "closed by $i" python3 "$here/recording/closing.py" 10.88.11.2 $i
    done
    for i in 1 2; do get "long poll" "$S/slow?seconds=7"; done
}

record_tls() {
    host client 1; host server 11
    web server
    start server openssl s_server -accept 4433 -cert "$WORK/cert.pem" -key "$WORK/key.pem" -www -quiet
    until_ready on server openssl s_client -connect 127.0.0.1:4433
    watch client client eth0
    local i
    for i in 1 2 3; do
        asks client "session, then resumed five times" openssl s_client -connect 10.88.11.2:4433 -tls1_2 -reconnect
        asks client "session kept" sh -c 'printf "GET / HTTP/1.0\r\n\r\n" | openssl s_client -connect 10.88.11.2:4433 -sess_out "$WORK/session" -ign_eof'
        asks client "session resumed" openssl s_client -connect 10.88.11.2:4433 -sess_in "$WORK/session"
        get "HTTPS" -k https://10.88.11.2/ https://10.88.11.2/big -o /dev/null
        get "HTTPS, HTTP/1.1, TLS 1.2" -k --http1.1 --tls-max 1.2 https://10.88.11.2/
        sleep 1
    done
}

# People at a shell, a cache, file transfer by TFTP: replies from another port than was asked.
record_shell() {
    host client 1; host server 11
    ssh-keygen -q -t ed25519 -N "" -f "$WORK/hostkey"
    ssh-keygen -q -t ed25519 -N "" -f "$WORK/id"
    cp "$WORK/id.pub" "$WORK/authorized"
    mkdir -p /run/sshd "$WORK/tftp"
    chmod 700 "$WORK"
    head -c 9000 /dev/zero >"$WORK/tftp/image"
    chmod -R a+rX "$WORK/tftp"
    start server "$(command -v sshd)" -D -e -f /dev/null -h "$WORK/hostkey" -o StrictModes=no -o PermitRootLogin=yes \
        -o AuthorizedKeysFile="$WORK/authorized" -o PidFile=none -o UsePAM=no
    start server redis-server --save "" --bind 10.88.11.2 --protected-mode no --dir "$WORK"
    start server in.tftpd -L -s -u root --address 10.88.11.2:69 "$WORK/tftp"
    until_ready on server redis-cli -h 10.88.11.2 ping
    watch client client eth0 -s 400
    # shellcheck disable=SC2016
    start client sh -c '(for i in $(seq 24); do echo "date; sleep 0.1"; sleep 1; done; echo exit) |
        ssh -tt -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ServerAliveInterval=3 -i "$WORK/id" root@10.88.11.2'
    local i
    for i in $(seq 12); do
        asks client "cache" redis-cli -h 10.88.11.2 set "key$i" "$i"
        asks client "cache" redis-cli -h 10.88.11.2 get "key$i"
        ((i % 4)) || get "file by TFTP" tftp://10.88.11.2/image
        sleep 2
    done
}
