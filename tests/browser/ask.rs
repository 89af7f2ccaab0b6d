//! Commands of `WebDriver`, and chromedriver's own, below one session.

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::Value;

/// A question that `fantoccini` has no function for.
#[derive(Debug)]
pub(super) struct Ask {
    path: String,
    body: Option<Value>,
}

impl Ask {
    /// With `POST`.
    pub(super) fn with_body(path: &str, body: Value) -> Self {
        Self { path: path.to_owned(), body: Some(body) }
    }

    /// With `GET`.
    pub(super) fn of_element(element: &Element, what: &str) -> Self {
        Self { path: format!("element/{}/{what}", element.element_id().as_ref()), body: None }
    }
}

impl WebDriverCompatibleCommand for Ask {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        match &self.body {
            Some(body) => (http::Method::POST, Some(body.to_string())),
            None => (http::Method::GET, None),
        }
    }
}
