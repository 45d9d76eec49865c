import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct RadonOperatorTests {
  /// A disc of radius r about the given centre, in pixels, x right and y up.
  private static func disc(_ side: Int, x: Double, y: Double, radius: Double) -> Tensor {
    let middle = 0.5 * Double(side - 1)
    // Means over 8 × 8 points of a pixel.
    let elements = (0..<side * side).map { place -> Double in
      var inside = 0.0
      for a in 0..<8 {
        for b in 0..<8 {
          let px = Double(place % side) - middle + (Double(b) - 3.5) / 8
          let py = middle - Double(place / side) + (Double(a) - 3.5) / 8
          if hypot(px - x, py - y) < radius { inside += 1.0 / 64 }
        }
      }
      return inside
    }
    return Tensor(elements, shape: [1, side, side])
  }

  /// The integrals through a disc are chords: 2 √(r² − (s − x cos θ − y sin θ)²).
  @Test func discsHaveTheirChords() throws {
    let (side, x, y, radius) = (96, 11.0, -17.0, 20.0)
    let forward = RadonOperator(angles: 36)
    let prepared = try forward.prepared(for: [1, side, side], .float64)
    let measured = prepared.apply(Self.disc(side, x: x, y: y, radius: radius))
    let detectors = prepared.codomain[2]
    var expected: [Double] = []
    for view in 0..<36 {
      let angle = Double.pi * Double(view) / 36
      let centre = x * cos(angle) + y * sin(angle)
      for k in 0..<detectors {
        let s = Double(k) - 0.5 * Double(detectors - 1) - centre
        expected.append(2 * max(radius * radius - s * s, 0).squareRoot())
      }
    }
    #expect(relativeError(measured.elements, expected) < 0.015)
  }

  /// Every view of an image that the detectors cover has the image's sum.
  @Test func viewsKeepTheSum() throws {
    let image = Self.disc(64, x: 5, y: 9, radius: 14)
    let prepared = try RadonOperator(angles: 23).prepared(for: image.shape, .float64)
    let measured = prepared.apply(image).elements
    let total = image.elements.reduce(0, +)
    for view in 0..<23 {
      let range = view * prepared.codomain[2]..<(view + 1) * prepared.codomain[2]
      #expect(abs(measured[range].reduce(0, +) - total) < 2e-3 * total)
    }
  }

  @Test func filteredBackProjectionRestores() throws {
    let image = Self.disc(96, x: 6, y: 3, radius: 25)
    for (angles, error) in [(30, 0.25), (180, 0.12)] {
      let prepared = try RadonOperator(angles: angles).prepared(for: image.shape, .float64)
      let restored = try #require(prepared.pseudoInverse(of: prepared.apply(image)))
      #expect(relativeError(restored, image) < error, "\(relativeError(restored, image))")
      // The middle of the disc is 1 and not some multiple of it.
      #expect(abs(restored[flat: 45 * 96 + 53] - 1) < 0.05)
    }
  }

  /// Angles that are given unevenly are weighted by what they stand for.
  @Test func unevenAnglesAreWeighted() throws {
    let image = Self.disc(64, x: 0, y: 4, radius: 17)
    let dense = (0..<90).map { Double.pi / 2 * Double($0) / 90 }
    let coarse = (0..<45).map { Double.pi / 2 + Double.pi / 2 * Double($0) / 45 }
    let forward = RadonOperator(angles: dense + coarse, size: (64, 64))
    let prepared = try forward.prepared(for: image.shape, .float64)
    let restored = try #require(prepared.pseudoInverse(of: prepared.apply(image)))
    #expect(relativeError(restored, image) < 0.16, "\(relativeError(restored, image))")
  }
}
