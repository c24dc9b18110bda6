package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.headgate.Agent;
import io.headgate.By;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.OperatorWord;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.CachedNanoClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was refused is written down, and costs who is refused nothing. */
@Timeout(60)
class RefusalRecordsTest {
  private static final Duration EVERY = Duration.ofSeconds(10);
  private static final int QUEUE = 4_096;

  private final CachedNanoClock clock = new CachedNanoClock();
  private final List<String> records = new ArrayList<>();
  private boolean each;
  private boolean hasRoom = true;

  private LiveHeadgate headgate(HeadgateSettings settings) {
    return LiveHeadgate.stepped(settings, null, clock, () -> 0, QuietJournal.of(this::answer));
  }

  // Keeps what it hears in words: the arrays are used again.
  private @Nullable Object answer(String method, Object[] with) {
    switch (method) {
      case "refusalsEveryNs" -> {
        return EVERY.toNanos();
      }
      case "wantsEachRefusal" -> {
        return each;
      }
      case "hasRoom" -> {
        return hasRoom;
      }
      case "refused" ->
          records.add(
              with[0] instanceof Long && with[1] instanceof Long
                  ? counted(with)
                  : with[1] + " " + with[2] + " " + with[3] + " " + with[4]);
      case "said" -> {
        OperatorWord word = (OperatorWord) with[1];
        records.add(word.verb() + " " + word.subject() + " " + word.by() + " " + word.done());
      }
      case "agentEvicted" -> records.add("evicted " + with[1]);
      default -> {}
    }
    return null;
  }

  private static String counted(Object[] with) {
    StringBuilder text = new StringBuilder();
    text.append(seconds(with[0])).append('-').append(seconds(with[1])).append(' ');
    text.append(with[2]).append(' ').append(with[3]);
    long[] byReason = (long[]) with[4];
    for (Refusal reason : Refusal.values()) {
      if (byReason[reason.ordinal()] > 0) {
        text.append(' ').append(reason).append('=').append(byReason[reason.ordinal()]);
      }
    }
    return text.append(" lost=").append(with[5]).toString();
  }

  private static long seconds(Object ns) {
    return Duration.ofNanos((Long) ns).toSeconds();
  }

  private static Task<String> task(Agent agent, Target target) {
    return Task.of(agent, target, attempt -> "");
  }

  private static void refuse(Job job, Task<String> task, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(job.submit(task)).isInstanceOf(Refused.class);
    }
  }

  private void after(Duration time, LiveHeadgate headgate) {
    clock.advance(time.toNanos());
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void soMuchIsWrittenOfAllOfEachAgentAndAtEachTargetOnceAnInterval() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Agent one = headgate.agent("one");
    Agent two = headgate.agent("two");
    Target target = headgate.target("target");
    Job closed = headgate.job(j -> j);
    closed.close();
    refuse(closed, task(one, target), 3);
    refuse(closed, task(two, target), 4);
    after(Duration.ofSeconds(9), headgate);
    assertThat(records).isEmpty();
    after(Duration.ofSeconds(1), headgate);
    assertThat(records)
        .containsExactly(
            "0-10 null null JOB_CLOSED=7 lost=0",
            "0-10 one null JOB_CLOSED=3 lost=0",
            "0-10 two null JOB_CLOSED=4 lost=0",
            "0-10 null target JOB_CLOSED=7 lost=0");
    records.clear();
    after(EVERY, headgate);
    assertThat(records).as("of nothing there is no record").isEmpty();
    target.remove();
    refuse(closed, task(one, target), 1);
    Job open = headgate.job(j -> j);
    refuse(open, task(one, target), 2);
    after(EVERY, headgate);
    assertThat(records)
        .as("of a target that is removed too")
        .containsExactly(
            "20-30 null null TARGET_REMOVED=2 JOB_CLOSED=1 lost=0",
            "20-30 one null TARGET_REMOVED=2 JOB_CLOSED=1 lost=0",
            "20-30 null target TARGET_REMOVED=2 JOB_CLOSED=1 lost=0");
  }

  @Test
  void manyAgentsAreLookedAtInManyTurns() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT.maxAgents(2_000));
    Target target = headgate.target("target");
    Job closed = headgate.job(j -> j);
    closed.close();
    for (int i = 0; i < 1_000; i++) {
      refuse(closed, task(headgate.agent("agent-" + i), target), 1);
      int _ = headgate.step();
    }
    clock.advance(EVERY.toNanos());
    List<Integer> written = new ArrayList<>();
    for (int turn = 0; turn < 6; turn++) {
      int _ = headgate.step();
      written.add(records.size());
    }
    assertThat(written).containsExactly(257, 513, 769, 1_002, 1_002, 1_002);
  }

  @Test
  void ofOneThatIsForgottenItIsWrittenBefore() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT.maxAgents(1));
    Agent agent = headgate.agent("agent");
    Target target = headgate.target("target");
    Job closed = headgate.job(j -> j);
    closed.close();
    refuse(closed, task(agent, target), 5);
    agent.remove();
    Agent _ = headgate.agent("another");
    assertThat(records).containsExactly("0-0 agent null JOB_CLOSED=5 lost=0", "evicted agent");
  }

  @Test
  void eachIsWrittenIfThatIsWantedAndTheLostAreCounted() {
    each = true;
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Task<String> task = task(headgate.agent("agent"), headgate.target("target"));
    Job closed = headgate.job("job", j -> j);
    closed.close();
    refuse(closed, task, 2);
    after(Duration.ZERO, headgate);
    assertThat(records)
        .containsExactly("job agent target JOB_CLOSED", "job agent target JOB_CLOSED");
    records.clear();
    hasRoom = false;
    refuse(closed, task, QUEUE + 7);
    after(Duration.ZERO, headgate);
    assertThat(records).as("without room").isEmpty();
    hasRoom = true;
    after(EVERY, headgate);
    assertThat(records)
        .contains("0-10 null null JOB_CLOSED=" + (QUEUE + 9) + " lost=7")
        .filteredOn("job agent target JOB_CLOSED"::equals)
        .hasSizeBetween(1, QUEUE);
    for (int turn = 0; turn < QUEUE; turn++) {
      int _ = headgate.step();
    }
    assertThat(records).filteredOn("job agent target JOB_CLOSED"::equals).hasSize(QUEUE);
  }

  @Test
  void eachAllocatesNothing() {
    each = true;
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Task<String> task = task(headgate.agent("agent"), headgate.target("target"));
    Job closed = headgate.job(j -> j);
    closed.close();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 50 && least > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < QUEUE + 100; i++) { // the last ones find it full
        var _ = closed.submit(task);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      for (int turn = 0; turn < QUEUE; turn++) {
        int _ = headgate.step();
      }
    }
    assertThat(least / (double) QUEUE).isLessThan(1);
  }

  @Test
  void whatIsLeftIsWrittenAtTheEnd() {
    each = true;
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Task<String> task = task(headgate.agent("agent"), headgate.target("target"));
    Job closed = headgate.job("job", j -> j);
    closed.close();
    after(Duration.ZERO, headgate);
    refuse(closed, task, 100);
    headgate.onTerminated();
    assertThat(records)
        .contains(
            "0-0 null null JOB_CLOSED=100 lost=0",
            "0-0 agent null JOB_CLOSED=100 lost=0",
            "0-0 null target JOB_CLOSED=100 lost=0")
        .filteredOn("job agent target JOB_CLOSED"::equals)
        .hasSize(100);
  }

  @Test
  void whatAnOperatorSaysIsWrittenWithWhoAndWhyAlsoInVain() {
    LiveHeadgate headgate = headgate(HeadgateSettings.DEFAULT);
    Agent agent = headgate.agent("agent");
    By by = new By("ann", "it loops");
    var _ = headgate.operator().pause(agent, Duration.ofMinutes(1), by);
    var _ = headgate.operator().tokenBudget("none", 5, by);
    var _ = headgate.operator().approve(7, by);
    assertThat(records)
        .containsExactly(
            "pause agent agent " + by + " true",
            "token budget job none " + by + " false",
            "approve task 7 " + by + " false");
    records.clear();
    after(Duration.ofMinutes(2), headgate);
    assertThat(records).as("what ends by itself nobody said").isEmpty();
  }
}
