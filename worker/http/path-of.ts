/** The path of a URL, which may be none: its host is what the client sent. */
export function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return `/${url.split("/").slice(3).join("/").split("?", 1)[0] ?? ""}`;
  }
}
