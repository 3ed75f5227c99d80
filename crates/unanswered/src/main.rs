//! Why was there no reply?
fn main() {}
