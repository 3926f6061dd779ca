//! The OpenAPI document: made from the routes and the objects, never by hand.

use std::sync::OnceLock;

use parlance_core::limits::Limits;
use utoipa::ToSchema as _;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
    SecurityRequirement,
};

use super::problem::{PROBLEM_JSON, ProblemBody};
use super::schema::schema_of;

const SECURITY: &str = "token";

/// The document without its paths.
pub(super) fn frame() -> OpenApi {
    let mut components = Components::new();
    components.add_security_scheme(
        SECURITY,
        SecurityScheme::Http(
            Http::builder()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some("A token of the app for one user"))
                .build(),
        ),
    );
    add_problem(&mut components);
    let info = InfoBuilder::new()
        .title("Parlance, native protocol")
        .description(Some(
            "REST under /v1/. The socket is described by /v1/asyncapi.json.",
        ))
        .version("1")
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>(
            SECURITY,
            [],
        )]))
        .build()
}

/// Adds the schemas of problems.
pub fn add_problem(components: &mut Components) {
    components
        .schemas
        .extend(schema_of::<ProblemBody<'_>>().all);
}

/// Says of every operation that it may answer with a problem.
pub fn add_problem_answers(document: &mut OpenApi) {
    let problem = || {
        let schema = RefOr::Ref(Ref::from_schema_name(ProblemBody::name()));
        ResponseBuilder::new()
            .description("A problem")
            .content(PROBLEM_JSON, Content::new(Some(schema)))
            .build()
    };
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.insert("default".to_owned(), RefOr::T(problem()));
        }
    }
}

/// The OpenAPI 3.1 document as JSON.
pub fn document() -> String {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let written = DOCUMENT.get_or_init(|| {
        let mut document = super::rest::api(&Limits::default()).into_openapi();
        add_problem_answers(&mut document);
        document
            .to_pretty_json()
            .expect("the document is plain data")
    });
    written.clone()
}
