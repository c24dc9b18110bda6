package io.headgate.examples.storm.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FaultTest {
  @Test
  void comesInTheMixtureThatItSays() {
    var counts = new EnumMap<Fault, Integer>(Fault.class);
    IntStream.range(0, 100).forEach(i -> counts.merge(Fault.at(i / 100.0), 1, Integer::sum));

    assertThat(counts)
        .containsEntry(Fault.UNAVAILABLE, 40)
        .containsEntry(Fault.GATEWAY_TIMEOUT, 20)
        .containsEntry(Fault.HANG, 10)
        .containsEntry(Fault.DRIBBLE, 10)
        .containsEntry(Fault.MALFORMED_JSON, 20);
  }

  @Test
  void diceAreEvenAndKnowNoSequence() {
    var dice = new Dice(3);

    double mean =
        IntStream.range(0, 10_000)
            .mapToDouble(i -> dice.roll("call" + i, 0, 1))
            .average()
            .orElse(0);

    assertThat(mean).isBetween(0.48, 0.52);
    assertThat(dice.roll("a", 0, 1)).isEqualTo(new Dice(3).roll("a", 0, 1));
    assertThat(dice.roll("a", 0, 1)).isNotEqualTo(dice.roll("a", 1, 1));
    assertThat(dice.roll("a", 0, 1)).isNotEqualTo(dice.roll("a", 0, 2));
    assertThat(dice.roll("a", 0, 1)).isNotEqualTo(new Dice(4).roll("a", 0, 1));
  }
}
