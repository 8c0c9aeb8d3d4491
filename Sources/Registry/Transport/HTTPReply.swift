import Foundation
import NIOHTTP1

/// An answer, with as much of its body as was asked for.
struct HTTPReply: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let body: [UInt8]

  var isSuccess: Bool { (200..<300).contains(status) }

  /// The first value of a header.
  func header(_ name: String) -> String? { headers.first(name: name) }

  /// How long the server asks to wait: seconds, or a date (RFC 9110 section 10.2.3).
  var retryAfter: Duration? {
    guard let text = header("Retry-After") else { return nil }
    if let seconds = Int(text), seconds >= 0 { return .seconds(min(seconds, 3600)) }
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let date = format.date(from: text) else { return nil }
    return .seconds(max(0, min(3600, date.timeIntervalSinceNow)))
  }

  /// What the server said went wrong, in one short line: the `errors` of the distribution specification, Harbor's
  /// list of the same form, `error` or `message` as chart repositories answer, or the body itself.
  var complaint: String {
    struct Complaint: Decodable {
      struct Item: Decodable {
        var code: String?
        var message: String?
      }
      var errors: [Item]?
      var error: String?
      var message: String?
    }
    var said = String(decoding: body.prefix(400), as: UTF8.self)
    if let complaint = try? JSONDecoder().decode(Complaint.self, from: Data(body)) {
      let items = complaint.errors?.map { item in
        [item.code, item.message].compactMap { $0 }.joined(separator: ": ")
      }
      said = items?.joined(separator: ", ") ?? complaint.error ?? complaint.message ?? said
    } else if said.lowercased().contains("<html") {
      said = "an HTML page"
    }
    let line = said.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.isEmpty ? "status \(status)" : "status \(status): \(MessageText.shown(line))"
  }

  /// The codes in the `errors` of the distribution specification.
  var errorCodes: [String] {
    struct Complaint: Decodable {
      struct Item: Decodable { var code: String? }
      var errors: [Item]?
    }
    let complaint = try? JSONDecoder().decode(Complaint.self, from: Data(body))
    return complaint?.errors?.compactMap(\.code) ?? []
  }
}
