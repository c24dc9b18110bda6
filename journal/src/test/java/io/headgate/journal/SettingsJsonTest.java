package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.AgentSettings;
import io.headgate.ArgumentsNormaliser;
import io.headgate.BreakerPolicy;
import io.headgate.BurnPolicy;
import io.headgate.CallEnd;
import io.headgate.Classifier;
import io.headgate.ConcurrencyPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.LoopPolicy;
import io.headgate.ParkPolicy;
import io.headgate.RetryPolicy;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Settings come back as they were written, whichever version wrote them. */
class SettingsJsonTest {
  private static void assertSame(Record settings) {
    String json = SettingsJson.write(settings);
    assertThat(SettingsJson.read(SettingsKind.of(settings), json)).isEqualTo(settings);
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      assertThat(json).contains("\"" + component.getName() + "\":");
    }
  }

  @Test
  void theDefaultsComeBack() {
    assertSame(HeadgateSettings.DEFAULT);
    assertSame(AgentSettings.DEFAULT);
    assertSame(TargetSettings.DEFAULT);
    assertSame(JobSettings.DEFAULT);
    assertSame(SpendingLimits.NONE);
  }

  @Test
  void whatIsNotTheDefaultComesBack() {
    assertSame(
        HeadgateSettings.DEFAULT
            .maxInFlight(7)
            .patience(Duration.ofNanos(1_234_567_891))
            .spending(new SpendingLimits(5, 6, 7)));
    assertSame(
        AgentSettings.DEFAULT
            .weight(3)
            .burn(BurnPolicy.DEFAULT)
            .park(ParkPolicy.atCutOff(3).then(ParkPolicy.Action.RUN, Duration.ofMinutes(4))));
    assertSame(
        TargetSettings.DEFAULT
            .price(2.5, 10)
            .retry(RetryPolicy.DEFAULT.maxAttempts(5))
            .breaker(BreakerPolicy.DEFAULT)
            .concurrency(ConcurrencyPolicy.DEFAULT)
            .degradation(
                DegradationPolicy.of(
                    Rung.of("large", 100), Rung.of("small", 10), Rung.ofStatic("sorry"))));
    assertSame(JobSettings.DEFAULT.tokenBudget(99).parkAtBudget(ParkPolicy.atBudget()));
  }

  @Test
  void codeIsNotWrittenAndComesBackAsTheDefault() {
    TargetSettings settings =
        TargetSettings.DEFAULT
            .classifier((_, _) -> CallEnd.OK)
            .loopGuard(LoopPolicy.DEFAULT.normaliser(text -> "secret" + text));
    String json = SettingsJson.write(settings);
    assertThat(json).doesNotContain("ambda").doesNotContain("secret");
    var read = (TargetSettings) SettingsJson.read(SettingsKind.TARGET, json);
    assertThat(read.classifier()).isSameAs(Classifier.DEFAULT);
    assertThat(read.loopGuard().normaliser()).isSameAs(ArgumentsNormaliser.NONE);
  }

  @Test
  void whatAnOlderOneLeftOutIsTheDefaultAndWhatANewerOneAddedIsLeftOut() {
    String json =
        "{\"maxInFlight\":5,\"spending\":{\"tokens\":9,\"colour\":\"red\"},\"mood\":{\"a\":1}}";
    assertThat(SettingsJson.read(SettingsKind.HEADGATE, json))
        .isEqualTo(
            HeadgateSettings.DEFAULT
                .maxInFlight(5)
                .spending(
                    new SpendingLimits(
                        9,
                        SpendingLimits.NONE.moneyNanos(),
                        SpendingLimits.NONE.microsPerMinute())));
  }

  @Test
  void whatIsNoneIsRefused() {
    for (String json :
        new String[] {"", "[]", "{\"maxInFlight\":0}", "{\"maxInFlight\":null}", "{"}) {
      assertThatThrownBy(() -> SettingsJson.read(SettingsKind.HEADGATE, json))
          .as(json)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("HEADGATE");
    }
  }
}
