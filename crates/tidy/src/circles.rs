//! Which sibling modules of a crate use each other in a circle.
//!
//! All files of a crate are parsed. Each path in a module is followed, through `use` and `pub use`, to the module
//! that declares what it names. There is an edge from one child of a module to another when anything inside the first
//! names something declared inside the second; what belongs to the parent itself makes no edge. Tests are left
//! out: they may look at anything. What macros expand to is not seen.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "syn may add items; those that are not looked at here are many"
)]

use crate::SourceFile;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::Visit;
use syn::{Attribute, Item, UseTree};

/// Where a module is, from the crate's root: no names for the root.
type Path = Vec<String>;

/// One module of a crate.
#[derive(Default)]
struct Module {
    items: Vec<Item>,
    /// Names that `use` brings in, and what they stand for.
    bound: BTreeMap<String, Path>,
    /// Modules whose public names are imported by a star.
    stars: Vec<Path>,
    /// Names that the module declares itself.
    declared: BTreeSet<String>,
}

/// Siblings that use each other in a circle: `crate::parent: a, b`, for each crate's `src` folder among the files.
///
/// # Panics
/// When a file does not parse: it would not compile either.
#[must_use]
pub fn circles(files: &[SourceFile]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Vec<(&str, &SourceFile)>> = BTreeMap::new();
    for file in files {
        if let Some((name, inside)) = file.path.strip_prefix("crates/").and_then(|p| p.split_once("/src/")) {
            crates.entry(name).or_default().push((inside, file));
        }
    }
    crates.into_iter().flat_map(|(name, files)| of_crate(name, &files)).collect()
}

fn of_crate(name: &str, files: &[(&str, &SourceFile)]) -> Vec<String> {
    let mut modules: BTreeMap<Path, Module> = BTreeMap::new();
    for (inside, file) in files {
        if let Some(path) = module_path(inside) {
            let parsed = syn::parse_file(&file.text).unwrap_or_else(|e| panic!("{}: {e}", file.path));
            add(&mut modules, path, parsed.items);
        }
    }
    let mut edges: BTreeMap<Path, BTreeSet<(String, String)>> = BTreeMap::new();
    for (path, module) in &modules {
        let mut named = Named { paths: Vec::new() };
        module.items.iter().for_each(|item| named.visit_item(item));
        let used = module.bound.values().chain(&module.stars).cloned();
        for target in named.paths.into_iter().filter_map(|p| absolute(&modules, path, &p)).chain(used) {
            let declared_in = declaring(&modules, &target);
            let common = path.iter().zip(&declared_in).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (path.get(common), declared_in.get(common)) {
                let parent = path[..common].to_vec();
                edges.entry(parent).or_default().insert((from.clone(), to.clone()));
            }
        }
    }
    let tied = |(parent, edges): (Path, BTreeSet<(String, String)>)| {
        let at: String = parent.iter().map(|part| format!("::{part}")).collect();
        components(&edges)
            .into_iter()
            .map(move |tied| format!("{name}{at}: {}", tied.join(", ")))
            .collect::<Vec<_>>()
    };
    edges.into_iter().flat_map(tied).collect()
}

/// The module that a file is; `None` for unit tests in files of their own.
fn module_path(inside: &str) -> Option<Path> {
    let mut path: Path = inside.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    let last = path.last()?.clone();
    if matches!(last.as_str(), "mod" | "lib" | "main") {
        path.pop();
    }
    (!matches!(last.as_str(), "tests" | "properties" | "test_packets")).then_some(path)
}

/// Adds a module and those written inside it.
fn add(modules: &mut BTreeMap<Path, Module>, path: Path, items: Vec<Item>) {
    let mut module = Module::default();
    for item in items {
        if is_test(attributes(&item)) {
            continue;
        }
        match item {
            Item::Use(import) => bind(&mut module, &path, &import.tree, Vec::new()),
            Item::Mod(inner) => {
                if let Some((_, items)) = inner.content {
                    add(modules, [path.clone(), vec![inner.ident.to_string()]].concat(), items);
                }
            }
            item => {
                module.declared.extend(name_of(&item));
                module.items.push(item);
            }
        }
    }
    modules.insert(path, module);
}

/// What a `use` imports; only items of the same crate matter.
fn bind(module: &mut Module, here: &[String], tree: &UseTree, before: Path) {
    match tree {
        UseTree::Path(path) => {
            bind(module, here, &path.tree, [before, vec![path.ident.to_string()]].concat());
        }
        UseTree::Name(name) => {
            let ident = name.ident.to_string();
            let whole = if ident == "self" { before } else { [before, vec![ident]].concat() };
            let bound = whole.last().cloned().unwrap_or_default();
            module.bound.extend(in_crate(here, &whole).map(|path| (bound, path)));
        }
        UseTree::Rename(name) => {
            let whole = [before, vec![name.ident.to_string()]].concat();
            module.bound.extend(in_crate(here, &whole).map(|path| (name.rename.to_string(), path)));
        }
        UseTree::Glob(_) => module.stars.extend(in_crate(here, &before)),
        UseTree::Group(group) => group.items.iter().for_each(|tree| bind(module, here, tree, before.clone())),
    }
}

/// A path from the crate's root, where it begins with `crate`, `self` or `super`, or with a module that is in scope.
fn in_crate(here: &[String], path: &[String]) -> Option<Path> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([here, rest].concat()),
        "super" => {
            let (_, parent) = here.split_last()?;
            match rest.first().map(String::as_str) {
                Some("super") => in_crate(parent, rest),
                _ => Some([parent, rest].concat()),
            }
        }
        // A child of this module; other crates have no module here and are dropped later.
        _ => Some([here, path].concat()),
    }
}

/// The path from the root that a path in a module's code stands for.
fn absolute(modules: &BTreeMap<Path, Module>, here: &Path, path: &[String]) -> Option<Path> {
    let (first, rest) = path.split_first()?;
    if let Some(bound) = modules.get(here)?.bound.get(first) {
        return Some([bound.as_slice(), rest].concat());
    }
    matches!(first.as_str(), "crate" | "self" | "super").then(|| in_crate(here, path)).flatten()
}

/// The module that declares what a path names, through whatever re-exports it.
fn declaring(modules: &BTreeMap<Path, Module>, target: &Path) -> Path {
    let mut target = target.clone();
    // A chain of re-exports is never this long.
    for _ in 0..16 {
        let known = (0..=target.len()).rev().find(|&length| modules.contains_key(&target[..length]));
        let length = known.unwrap_or(0);
        let Some(name) = target.get(length) else { return target };
        let at = target[..length].to_vec();
        let Some(module) = modules.get(&at) else { return at };
        if module.declared.contains(name) {
            return at;
        }
        let next = module.bound.get(name).cloned().or_else(|| {
            let has = |star: &&Path| modules.get(*star).is_some_and(|m| m.declared.contains(name));
            module.stars.iter().find(has).map(|star| [star.as_slice(), std::slice::from_ref(name)].concat())
        });
        match next {
            Some(next) if next != target[..=length] => {
                target = [next.as_slice(), &target[length + 1..]].concat()
            }
            _ => return at,
        }
    }
    target
}

/// Paths in code, not those of `use`.
struct Named {
    paths: Vec<Path>,
}

impl<'ast> Visit<'ast> for Named {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    fn visit_item_use(&mut self, _: &'ast syn::ItemUse) {}
}

fn is_test(attributes: &[Attribute]) -> bool {
    let test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    };
    attributes.iter().any(test)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item declares.
fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}

/// Groups of more than one name, each of which leads to all others of its group.
fn components(edges: &BTreeSet<(String, String)>) -> Vec<Vec<&str>> {
    let names: BTreeSet<&str> = edges.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]).collect();
    let reached = |from: &str| {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for (_, to) in edges.iter().filter(|(a, _)| a == at) {
                let to = names.get(to.as_str()).copied().unwrap_or_default();
                if reached.insert(to) {
                    open.push(to);
                }
            }
        }
        reached
    };
    let all: BTreeMap<&str, BTreeSet<&str>> = names.iter().map(|name| (*name, reached(name))).collect();
    let mut groups: Vec<Vec<&str>> = Vec::new();
    for name in &names {
        let group: Vec<&str> = names
            .iter()
            .copied()
            .filter(|other| all[name].contains(other) && all[other].contains(name))
            .collect();
        if group.len() > 1 && group.first() == Some(name) {
            groups.push(group);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| SourceFile {
            path: format!("crates/x/src/{path}"),
            text: (*text).to_owned(),
        };
        circles(&files.iter().map(file).collect::<Vec<_>>())
    }

    #[test]
    fn a_circle_through_the_crate_s_own_names_is_found() {
        let root = ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;");
        let a = ("a.rs", "use crate::B; pub struct A(B);");
        assert_eq!(found(&[root, a, ("b.rs", "pub struct B(Vec<crate::A>);")]), ["x: a, b"]);
        assert_eq!(found(&[root, a, ("b.rs", "pub struct B;")]), Vec::<String>::new());
    }

    #[test]
    fn what_lies_deeper_counts_for_the_siblings_above_and_the_parent_s_own_items_for_none() {
        let files = [
            ("lib.rs", "mod a; mod b; pub struct Own;"),
            ("a/mod.rs", "mod deep;"),
            ("a/deep.rs", "use super::super::b::B; fn f(_: crate::Own) {}"),
            ("b.rs", "pub struct B; impl B { fn g() { crate::a::deep::f(crate::Own) } }"),
        ];
        assert_eq!(found(&files), ["x: a, b"]);
    }

    #[test]
    fn tests_may_look_at_anything() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
            ("b.rs", "use crate::a::A; pub struct B(A);"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }
}
