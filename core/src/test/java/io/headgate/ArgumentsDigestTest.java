package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArgumentsDigestTest {
  @Test
  void isTheSameEverywhere() {
    assertThat(ArgumentsDigest.of("")).isEqualTo(ArgumentsDigest.of(CharBuffer.wrap("")));
    assertThat(ArgumentsDigest.of("{\"path\": \"a.txt\"}"))
        .isEqualTo(ArgumentsDigest.of(CharBuffer.wrap("{\"path\": \"a.txt\"}")));
  }

  @Test
  void smallDifferencesAreSeen() {
    Set<Long> digests = new HashSet<>();
    int texts = 0;
    for (int length = 0; length < 40; length++) {
      for (int at = 0; at <= length; at++) {
        for (char c : new char[] {'a', 'b', '\0', '\uFFFF'}) {
          if (at < length) {
            var text = new StringBuilder("x".repeat(length));
            text.setCharAt(at, c);
            assertThat(digests.add(ArgumentsDigest.of(text))).as("%s", text).isTrue();
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_16BE);
            assertThat(digests.add(ArgumentsDigest.of(bytes))).as("bytes of %s", text).isTrue();
            texts += 2;
          }
        }
      }
    }
    assertThat(digests).hasSize(texts);
  }

  @Test
  void aBitChangesHalfOfTheBits() {
    double bits = 0;
    int pairs = 0;
    for (int i = 0; i < 1_000; i++) {
      byte[] bytes = ("arguments " + i).getBytes(StandardCharsets.UTF_8);
      long before = ArgumentsDigest.of(bytes);
      bytes[i % bytes.length] ^= (byte) (1 << i % 8);
      bits += Long.bitCount(before ^ ArgumentsDigest.of(bytes));
      pairs++;
    }
    assertThat(bits / pairs).isCloseTo(32, within(0.5));
  }

  @Test
  void normalisersMakeNearEqualOnesEqual() {
    assertThat(ArgumentsNormaliser.CASE_AND_SPACE.normalise("  Foo \n\t BAR "))
        .isEqualTo("foo bar");
    assertThat(ArgumentsNormaliser.NONE.normalise(" Foo")).isEqualTo(" Foo");
  }

  @Test
  @SuppressWarnings("NullAway")
  void nullsAreNamed() {
    assertThatThrownBy(() -> ArgumentsDigest.of((CharSequence) null))
        .hasMessageContaining("arguments is null; use an empty text");
    assertThatThrownBy(() -> ArgumentsDigest.of((byte[]) null))
        .hasMessageContaining("arguments is null; use an empty array");
  }
}
