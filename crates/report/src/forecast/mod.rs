//! `unanswered lab sweep`: a [`Forecast`](unanswered_forecast::Forecast) as text, page and JSON.
//!
//! `sentences` has the sentences and the columns of tables that `terminal` and `html` show (`crate::text_table` draws
//! tables, `pictures` the page's charts, `words` writes numbers); `json` is for programs.

mod html;
mod json;
mod pictures;
mod sentences;
mod terminal;
mod words;

pub use html::render_html;
pub use json::to_json;
pub use terminal::render_text;
