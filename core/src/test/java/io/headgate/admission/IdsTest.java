package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids are checked where they enter, and an error never echoes what it complains of. */
@Timeout(30)
class IdsTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "A-9_b.c:d/e@f#g+h", "größe", "東京", "0"})
  void aWellFormedIdIsAnsweredAsItIs(String id) {
    assertThat(Ids.check("agent", id)).isSameAs(id);
  }

  @Test
  void lengthIsFrom1To128() {
    String longest = "x".repeat(128);
    assertThat(Ids.check("agent", longest)).isSameAs(longest);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ids.check("agent", longest + "x"))
        .withMessage(
            "agent id has 129 characters, but must have from 1 to 128; use a short name or a hash");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ids.check("job", ""))
        .withMessageStartingWith("job id has 0 characters, but must have from 1 to 128");
  }

  @Test
  void nullIsNamed() {
    assertThatNullPointerException()
        .isThrownBy(() -> Ids.check("target", null))
        .withMessage("target id is null; give it 1 to 128 characters");
  }

  @ParameterizedTest
  @ValueSource(
      chars = {
        '\0', '\n', '\r', '\t', '\u001b', '\u007f', '\u0085', '\u200b', '\u202e', '\u2028',
        '\ud800', ' ', '"', '\\', '<', '%', '\''
      })
  void anyOtherCharacterIsNamedByItsNumberAndPlace(char bad) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ids.check("agent", "ab" + bad + "c"))
        .withMessageStartingWith(
            "agent id has the character U+%04X at index 2, but may have only", (int) bad)
        .satisfies(e -> assertThat(e.getMessage().chars()).allMatch(c -> c >= ' ' && c < 127));
  }
}
