//! The OpenAPI document: made from the routes and the objects, never by hand.

use std::sync::OnceLock;

use parlance_dialects::native::{add_problem, add_problem_answers};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder, SecurityRequirement};

const SECURITY: &str = "key";

/// The document without its paths.
pub(crate) fn frame() -> OpenApi {
    let mut components = Components::new();
    let about = "The key of an app; for the routes about apps the operator's key";
    let scheme = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(about))
        .build();
    components.add_security_scheme(SECURITY, SecurityScheme::Http(scheme));
    add_problem(&mut components);
    let info = InfoBuilder::new()
        .title("Parlance, operator API")
        .description(Some(
            "For a host's backend, not for browsers: the same for every app whatever its dialect.",
        ))
        .version("1")
        .build();
    let no_scopes: [&str; 0] = [];
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(SECURITY, no_scopes)]))
        .build()
}

/// The OpenAPI 3.1 document as JSON.
pub fn document() -> String {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let written = DOCUMENT.get_or_init(|| {
        let mut document = crate::api().into_openapi();
        add_problem_answers(&mut document);
        document
            .to_pretty_json()
            .expect("the document is plain data")
    });
    written.clone()
}
