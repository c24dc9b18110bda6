package io.headgate.runtime;

import io.headgate.Call;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Handles and jobs around one runtime whose dispatcher never has a turn: the tests do what it would
 * do. Made before the first schedule, so that no thread of the runtime is Fray's.
 */
final class Parts {
  // Time passes by being looked at, so that waiting may come to its end.
  private static final AtomicLong TIME = new AtomicLong();
  static final LiveHeadgate HEADGATE =
      LiveHeadgate.stepped(HeadgateSettings.DEFAULT, TIME::incrementAndGet, TIME::incrementAndGet);
  private static final AgentGate AGENT = (AgentGate) ((Headgate) HEADGATE).agent("agent");
  private static final TargetGate TARGET =
      (TargetGate)
          ((Headgate) HEADGATE).target("target", t -> t.timeout(Duration.ofDays(1)).price(1, 1));

  private Parts() {}

  static LiveJob job(long tokens) {
    JobSettings settings = JobSettings.DEFAULT.tokenBudget(tokens);
    return new LiveJob(HEADGATE, "job", true, settings, settings, 0, null, Long.MAX_VALUE);
  }

  static <T> TaskHandle<T> handle(LiveJob job, long tokens, Call<T> call) {
    return new TaskHandle<>(
        call, AGENT, TARGET, job, Priority.NORMAL, 0, 0, 0, tokens, 0, 0, Long.MAX_VALUE);
  }

  /** What was published since the last look. */
  static Map<Input.Kind, Integer> published() {
    var kinds = new EnumMap<Input.Kind, Integer>(Input.Kind.class);
    try {
      HEADGATE
          .ring()
          .poller()
          .poll(
              (input, sequence, endOfBatch) -> {
                kinds.merge(input.kind(), 1, Integer::sum);
                input.clear();
                return true;
              });
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return kinds;
  }
}
