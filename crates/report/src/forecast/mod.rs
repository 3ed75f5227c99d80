//! `unanswered lab sweep`: a [`Forecast`](unanswered_forecast::Forecast) as text, page and JSON.
//!
//! `content` has the sentences and the columns of tables, which `terminal` and `html` show (`columns` draws
//! tables, `pictures` the charts of the page, `words` writes numbers); `json` is for programs.

mod columns;
mod content;
mod html;
mod json;
mod pictures;
mod terminal;
mod words;

pub use html::render_html;
pub use json::to_json;
pub use terminal::render_text;
