/// Images in kitty's graphics protocol: a PNG file in base 64, in pieces between escape codes.
enum KittyGraphics {
  /// The protocol's limit.
  private static let longestPiece = 4096

  /// The text that transmits and shows the PNG file.
  static func text(of png: [UInt8]) -> String {
    let characters = Array(Base64.encode(png).utf8)
    var text = ""
    for start in stride(from: 0, to: characters.count, by: longestPiece) {
      let end = min(start + longestPiece, characters.count)
      let control = (start == 0 ? "a=T,f=100," : "") + (end < characters.count ? "m=1" : "m=0")
      let piece = String(decoding: characters[start..<end], as: UTF8.self)
      text += "\u{1B}_G\(control);\(piece)\u{1B}\\"
    }
    return text + "\n"
  }
}
