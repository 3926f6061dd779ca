//! Routes end in a slash; wrong methods and unknown routes answer in JSON.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::header::LOCATION;
use http::{HeaderValue, Method, StatusCode, Uri};

use super::refused::{Refused, json_response};

/// Routes as the framework serves them. Their paths end in a slash: without it, `GET` is redirected
/// there and everything else is not found. Methods that a route has not are 405.
pub(crate) struct Routes<S> {
    proper: Router<S>,
    slashless: Router<S>,
}

impl<S> Routes<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            proper: Router::new(),
            slashless: Router::new(),
        }
    }

    /// Adds a route; `path` ends in a slash.
    pub(crate) fn at(self, path: &str, methods: MethodRouter<S>) -> Self {
        let slashless = path.trim_end_matches('/');
        debug_assert_ne!(slashless, path, "a route ends in a slash");
        Self {
            proper: self.proper.route(path, methods.fallback(other_method)),
            slashless: self
                .slashless
                .route(slashless, get(to_slash).fallback(unknown)),
        }
    }

    /// Adds a route that also answers without the slash, but for `GET`, which is redirected: a
    /// redirected `POST` would lose its body.
    pub(crate) fn at_either(self, path: &str, methods: MethodRouter<S>) -> Self {
        let slashless = path.trim_end_matches('/');
        debug_assert_ne!(slashless, path, "a route ends in a slash");
        let methods = methods.fallback(other_method);
        let lenient = methods.clone().layer(from_fn(redirect_reading));
        let proper = self.proper.route(path, methods);
        Self {
            proper: proper.route(slashless, lenient),
            slashless: self.slashless,
        }
    }

    /// The router. `wrap` puts layers around the routes, but not around the redirections, which
    /// need none: they tell nothing.
    pub(crate) fn into_router(self, wrap: impl FnOnce(Router<S>) -> Router<S>) -> Router<S> {
        wrap(self.proper).merge(self.slashless)
    }
}

/// 405, or for `OPTIONS` what there is. The `Allow` header is the router's.
async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return json_response(StatusCode::OK, &serde_json::json!({}));
    }
    let text = format!("Method \"{method}\" not allowed.");
    Refused::detail(StatusCode::METHOD_NOT_ALLOWED, text).into_response()
}

/// 404.
async fn unknown() -> Refused {
    Refused::not_found()
}

async fn redirect_reading(request: Request, next: Next) -> Response {
    match *request.method() {
        Method::GET | Method::HEAD => to_slash(request.uri().clone()).await,
        _ => next.run(request).await,
    }
}

async fn to_slash(uri: Uri) -> Response {
    let query = uri.query().map(|query| format!("?{query}"));
    // Two slashes at the start would name another host.
    let path = uri.path().trim_start_matches('/');
    let target = format!("/{path}/{}", query.unwrap_or_default());
    match HeaderValue::try_from(target) {
        Ok(target) => (StatusCode::MOVED_PERMANENTLY, [(LOCATION, target)]).into_response(),
        Err(_) => Refused::not_found().into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::header::ALLOW;
    use tower::ServiceExt as _;

    async fn ask(method: Method, path: &str) -> Response {
        let routes = Routes::new().at("/a/{id}/", get(|| async { "here" }));
        let routes = routes.into_router(|router| router);
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).expect("a request");
        routes.oneshot(request).await.expect("routes do not fail")
    }

    #[tokio::test]
    async fn a_lenient_route_answers_writing_methods_without_the_slash() {
        let ask = async |method: Method, path: &str| {
            let methods = get(|| async { "here" }).post(|| async { "taken" });
            let routes = Routes::new().at_either("/a/", methods);
            let request = Request::builder().method(method).uri(path);
            let request = request.body(Body::empty()).expect("a request");
            let routes = routes.into_router(|router| router);
            routes.oneshot(request).await.expect("routes do not fail")
        };
        assert_eq!(ask(Method::POST, "/a").await.status(), StatusCode::OK);
        assert_eq!(ask(Method::POST, "/a/").await.status(), StatusCode::OK);
        let moved = ask(Method::GET, "/a?x=2").await;
        assert_eq!(moved.status(), StatusCode::MOVED_PERMANENTLY);
        assert_eq!(moved.headers()[LOCATION], "/a/?x=2");
        let refused = ask(Method::PUT, "/a").await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn the_slash_is_required_and_methods_are_told() {
        assert_eq!(ask(Method::GET, "/a/1/").await.status(), StatusCode::OK);
        assert_eq!(ask(Method::HEAD, "/a/1/").await.status(), StatusCode::OK);
        let moved = ask(Method::GET, "/a/1?x=2").await;
        assert_eq!(moved.status(), StatusCode::MOVED_PERMANENTLY);
        assert_eq!(moved.headers()[LOCATION], "/a/1/?x=2");
        assert_eq!(
            ask(Method::POST, "/a/1").await.status(),
            StatusCode::NOT_FOUND
        );
        let refused = ask(Method::PUT, "/a/1/").await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers()[ALLOW], "GET,HEAD");
        let options = ask(Method::OPTIONS, "/a/1/").await;
        assert_eq!(options.status(), StatusCode::OK);
        assert_eq!(options.headers()[ALLOW], "GET,HEAD");
    }
}
