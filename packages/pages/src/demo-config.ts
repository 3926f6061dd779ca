/** What `parlance demo` tells its pages about itself. */
export interface DemoPerson {
  readonly name: string;
  readonly username: string;
  readonly password: string;
  readonly role: string;
  readonly native_token?: string | null;
  readonly fixmate_token?: string | null;
}

export interface DemoApp {
  readonly name: string;
  readonly dialects: readonly string[];
  readonly url: string;
  readonly people: readonly DemoPerson[];
  readonly conversation?: { readonly uuid: string; readonly id: number } | null;
}

export interface DemoPane {
  readonly title: string;
  readonly url: string;
}

export interface DemoConfig {
  readonly apps: readonly DemoApp[];
  readonly panes: readonly DemoPane[];
}

/** Asks the page's own server; null when it is not a demo. */
export async function loadDemoConfig(): Promise<DemoConfig | null> {
  try {
    const response = await fetch("/demo/config.json", { cache: "no-store" });
    return response.ok ? ((await response.json()) as DemoConfig) : null;
  } catch {
    return null;
  }
}

/** The app that this page is served by; behind a proxy, the first that knows the dialect. */
export function ownApp(config: DemoConfig, dialect: string, name: string | null): DemoApp | undefined {
  const able = config.apps.filter((app) => app.dialects.includes(dialect));
  return (
    able.find((app) => app.name === name) ??
    able.find((app) => URL.canParse(app.url) && new URL(app.url).origin === location.origin) ??
    able[0]
  );
}
