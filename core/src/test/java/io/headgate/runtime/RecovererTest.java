package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Codec;
import io.headgate.ContextCarrier;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.IdleMode;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.Recovery;
import io.headgate.Task;
import io.headgate.admission.Carried;
import io.headgate.admission.KeptArgument;
import io.headgate.recovery.Past;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a past that a test makes up. */
@Timeout(60)
class RecovererTest {
  private static final long MINUTE_NS = 60_000_000_000L;
  private static final long NOW_NS = 1_800_000_000_000_000_000L;

  private final AtomicInteger made = new AtomicInteger();
  private final Handler<String, Integer> ask =
      Handler.of("ask", Codec.UTF_8, (_, _) -> made.incrementAndGet())
          .payload(Handler.Payload.FULL);

  private static Past past(long deadlineNs) {
    var job =
        new Past.PastJob(
            "job",
            null,
            JobSettings.DEFAULT,
            JobSettings.DEFAULT,
            deadlineNs,
            false,
            new Carried(10, 0, 1, true),
            List.of());
    var task =
        new Past.PastTask(
            4_711,
            1,
            "job",
            "agent",
            "target",
            "ask",
            new KeptArgument(Codec.UTF_8.encode("why?")),
            Task.NO_ARGUMENTS,
            Priority.NORMAL,
            Estimate.of(1, 1),
            Long.MAX_VALUE,
            true,
            false,
            false,
            false,
            false,
            0,
            0,
            false);
    return new Past(
        List.of(job),
        List.of(task),
        List.of(),
        Past.Used.NOTHING,
        Map.of(),
        List.of(),
        Map.of(),
        List.of(),
        List.of(),
        Map.of());
  }

  private Recovery recover(Past past) {
    long startNs = System.nanoTime();
    try (Headgate headgate =
        LiveHeadgate.start(
            HeadgateSettings.DEFAULT,
            ContextCarrier.NONE,
            null,
            null,
            IdleMode.YIELD,
            System::nanoTime,
            () -> NOW_NS + System.nanoTime() - startNs,
            QuietJournal.of((method, _) -> method.equals("past") ? past : null),
            Map.of("ask", ask))) {
      var _ = headgate.agent("agent");
      var _ = headgate.target("target");
      assertThat(headgate.job("job", j -> j).isOpen()).isTrue();
      Recovery recovery = headgate.recover();
      assertThat(headgate.shutdown(Duration.ofSeconds(10))).isTrue();
      return recovery;
    }
  }

  @Test
  void aTaskWaitsAgainInTheJobThatWasOpen() {
    Recovery recovery = recover(past(NOW_NS + 60 * MINUTE_NS));
    assertThat(recovery.count(Recovery.Fate.WAITS)).isEqualTo(1);
    assertThat(made).hasValue(1);
  }

  @Test
  void butNotInALaterJobOfTheSameId() {
    Recovery recovery = recover(past(NOW_NS - 2 * MINUTE_NS));
    assertThat(recovery.count(Recovery.Fate.EXPIRED)).isEqualTo(1);
    assertThat(made).hasValue(0);
  }
}
