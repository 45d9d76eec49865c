import CReportPage
import Imaging

/// The page that shows runs: one text that needs nothing else, drawn by its own script from its data.
///
/// Everything that comes from a run is data: it stands as JSON in an element that browsers do not run, with
/// every `<` escaped, and the script puts it into the page as text. The page's policy lets the browser run
/// the one script whose digest it names, and load nothing from anywhere.
enum ReportPage {
  /// A page with its data, `{"live": …, "runs": […]}`.
  static func text(data: String, isLive: Bool) -> String {
    fill(
      template,
      [
        "policy": policy(isLive: isLive), "style": style, "script": script,
        "data": escaped(data),
      ])
  }

  /// JSON in which no tag can begin or end.
  static func escaped(_ json: String) -> String {
    json.split(separator: "<", omittingEmptySubsequences: false).joined(separator: "\\u003c")
  }

  /// The content security policy of the page.
  static func policy(isLive: Bool) -> String {
    let connections = isLive ? "; connect-src 'self'" : ""
    return "default-src 'none'; script-src '\(digest(script))'; style-src '\(digest(style))'; "
      + "img-src data:\(connections); base-uri 'none'; form-action 'none'"
  }

  private static func digest(_ text: String) -> String {
    "sha256-" + Base64.encode(SHA256.digest(of: text.utf8))
  }

  /// Puts texts into the places `{{name}}`, each of which is filled once and not looked at again.
  private static func fill(_ template: String, _ texts: [String: String]) -> String {
    var result = ""
    var rest = Substring(template)
    while let start = rest.firstRange(of: "{{") {
      let name = rest[start.upperBound...].prefix { $0 != "}" }
      result += rest[..<start.lowerBound] + (texts[String(name)] ?? "")
      rest = rest[name.endIndex...].dropFirst("}}".count)
    }
    return result + rest
  }

  // MARK: Files inside of the program

  private static let template = text(report_page_template())
  private static let style = text(report_page_style())
  private static let script: String = {
    let parts = (0..<report_page_script_count()).map { text(report_page_script_at($0)) }
    return "(() => {\n\"use strict\";\n" + parts.joined(separator: "\n") + "})();\n"
  }()

  private static func text(_ part: report_page_part) -> String {
    String(decoding: UnsafeRawBufferPointer(start: part.text, count: part.size), as: UTF8.self)
  }
}
