//! Building blocks of pages and islands. They get their data as arguments.

pub mod call;
pub mod field;
pub mod icon;
pub mod note;
pub mod segments;
pub mod step;
