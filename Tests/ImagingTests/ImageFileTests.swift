import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Files of Tests/Fixtures/images, and the formula of their samples (see generate_images.py).
enum ImageFixture {
  static let folder = Fixture.root + "/Tests/Fixtures/images/"
  static var numbers: Fixture { Fixture("images") }

  static func sample(_ channel: Int, _ row: Int, _ column: Int, bits: Int) -> Int {
    let value = 7 * row + 3 * column + 5 * channel + row * column
    return bits == 16 ? (value * 2477 + 11) % 65536 : value % (1 << bits)
  }

  static func tensor(
    channels: Int, height: Int = 5, width: Int = 6, _ value: (Int, Int, Int) -> Double
  ) -> Tensor {
    var elements: [Double] = []
    for channel in 0..<channels {
      for row in 0..<height {
        for column in 0..<width { elements.append(value(channel, row, column)) }
      }
    }
    return Tensor(elements, shape: [channels, height, width])
  }
}

@Suite struct ImageFileTests {
  @Test(arguments: [
    ("grey", 1), ("grey", 2), ("grey", 4), ("grey", 8), ("grey", 16), ("grey_alpha", 8),
    ("grey_alpha", 16), ("rgb", 8), ("rgb", 16), ("rgba", 8), ("rgba", 16),
  ])
  func readsPlainSamples(kind: String, bits: Int) throws {
    let image = try ImageFile.read(ImageFixture.folder + "\(kind)\(bits).png")
    let channels = kind.hasPrefix("grey") ? 1 : 3
    let largest = Double((1 << bits) - 1)
    let expected = ImageFixture.tensor(channels: channels) {
      Double(ImageFixture.sample($0, $1, $2, bits: bits)) / largest
    }
    #expect(image.shape == expected.shape)
    #expect(image.elements == expected.elements)
  }

  @Test(arguments: [1, 2, 4, 8])
  func resolvesPalettes(bits: Int) throws {
    let image = try ImageFile.read(ImageFixture.folder + "palette\(bits).png")
    let expected = ImageFixture.tensor(channels: 3) { channel, row, column in
      let k = ImageFixture.sample(0, row, column, bits: bits)
      let colour: [Int] = [40 * k % 256, (17 * k + 3) % 256, 255 - k % 256]
      return Double(colour[channel]) / 255
    }
    #expect(image.elements == expected.elements)
  }

  @Test(arguments: [("grey8_interlaced", 1, 8), ("rgb16_interlaced", 3, 16)])
  func readsInterlacedFiles(name: String, channels: Int, bits: Int) throws {
    let image = try ImageFile.read(ImageFixture.folder + name + ".png")
    let largest = Double((1 << bits) - 1)
    let expected = ImageFixture.tensor(channels: channels, height: 9, width: 11) {
      Double(ImageFixture.sample($0, $1, $2, bits: bits)) / largest
    }
    #expect(image.shape == expected.shape)
    #expect(image.elements == expected.elements)
  }

  @Test func gammaDoesNotChangeValues() throws {
    let plain = try ImageFile.read(ImageFixture.folder + "grey8.png")
    let tagged = try ImageFile.read(ImageFixture.folder + "grey8_gamma.png")
    #expect(plain.elements == tagged.elements)
  }

  @Test(arguments: ["colour", "grey", "progressive"])
  func readsJPEG(name: String) throws {
    let image = try ImageFile.read(ImageFixture.folder + name + ".jpg")
    let expected = ImageFixture.numbers[name]
    #expect(image.shape == expected.shape)
    // Decoders may round chroma differently by one level.
    let largest = zip(image.elements, expected.elements).map { abs($0 - $1) }.max() ?? 1
    #expect(largest <= 1.001 / 255)
  }

  @Test func greyIsTheStatedMean() throws {
    let path = ImageFixture.folder + "rgb8.png"
    let (colour, grey) = (try ImageFile.read(path), try ImageFile.read(path, grey: true))
    #expect(grey.shape == [1, 5, 6])
    for i in 0..<30 {
      let (red, green, blue) = (colour[flat: i], colour[flat: 30 + i], colour[flat: 60 + i])
      let mean: Double = 0.2989 * red + 0.587 * green + 0.114 * blue
      #expect(abs(grey[flat: i] - mean) < 1e-15)
    }
    let single = try ImageFile.read(path, grey: true, .float32)
    #expect(single.elementType == .float32)
    #expect(abs(single[flat: 7] - grey[flat: 7]) < 1e-7)
  }

  @Test(arguments: [8, 16], [1, 3])
  func writtenFilesReadBack(bits: Int, channels: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.png"
    var source = RandomSource(seed: 4)
    let image = Tensor(uniform: [channels, 13, 17], lower: -0.2, upper: 1.2, from: &source)
    try ImageFile.writePNG(image, to: path, bits: bits)
    let largest = Double((1 << bits) - 1)
    let expected = image.elements.map { (min(max($0, 0), 1) * largest).rounded() / largest }
    #expect(try ImageFile.read(path).elements == expected)
    #expect(folder.names == ["x.png"])
  }

  @Test func numbersThatAreNoneBecomeBlack() throws {
    let folder = try TemporaryFolder()
    let image = Tensor([.nan, .infinity, -.infinity, 0.5], shape: [2, 2])
    try ImageFile.writePNG(image, to: folder.path + "/x.png")
    #expect(try ImageFile.read(folder.path + "/x.png").elements == [0, 1, 0, 128 / 255])
  }

  @Test func shapesThatAreNoImagesAreErrors() throws {
    for shape in [[2, 4, 4], [1, 0, 4], [4], [1, 1, 4, 4]] as [Shape] {
      #expect(throws: FileError.self) { try ImageFile.writePNG(Tensor(zeros: shape), to: "x.png") }
    }
  }
}

@Suite struct DamagedImageFileTests {
  private func message(_ path: String) -> String {
    do {
      _ = try ImageFile.read(path)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func everyErrorNamesTheFileAndWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.png"
    #expect(message(path) == "\(path): cannot open: No such file or directory")
    #expect(message(folder.path) == "\(folder.path): is a folder")
    try AtomicFile.write([], to: path)
    #expect(message(path) == "\(path): is empty")
    try AtomicFile.write(Array("hello, world".utf8), to: path)
    #expect(message(path) == "\(path): is neither a PNG nor a JPEG file")
    let huge = ImageFixture.folder + "huge.png"
    #expect(message(huge) == "\(huge): cannot be read as PNG: the file is truncated")
    let cmyk = ImageFixture.folder + "cmyk.jpg"
    #expect(message(cmyk) == "\(cmyk): is a CMYK picture; convert it to RGB first")
  }

  @Test(arguments: [
    "grey1.png", "palette4.png", "rgb16_interlaced.png", "rgba8.png", "colour.jpg",
    "progressive.jpg",
  ])
  func filesCutAnywhereAreErrors(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/" + name
    let bytes = try FileBytes.read(ImageFixture.folder + name)
    for count in 0..<bytes.count {
      try AtomicFile.write(Array(bytes[..<count]), to: path)
      // The end marker of a JPEG file says nothing about pixels, nor does its decoder ask for it.
      if name.hasSuffix(".jpg"), count >= bytes.count - 2 { continue }
      #expect(throws: FileError.self, "\(name) cut at \(count)") { try ImageFile.read(path) }
    }
  }

  @Test(arguments: ["grey1.png", "palette8.png", "rgb16_interlaced.png", "colour.jpg", "grey.jpg"])
  func flippedBytesGiveAnErrorOrAPicture(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/" + name
    let bytes = try FileBytes.read(ImageFixture.folder + name)
    var source = RandomSource(seed: 9)
    for trial in 0..<600 {
      var damaged = bytes
      for _ in 0...trial % 3 {
        damaged[source.integer(below: bytes.count)] = UInt8(truncatingIfNeeded: source.next())
      }
      try AtomicFile.write(damaged, to: path)
      do {
        let image = try ImageFile.read(path)
        #expect(image.elements.allSatisfy { $0 >= 0 && $0 <= 1 })
      } catch let error as FileError {
        #expect(error.path == path)
      }
    }
  }
}
