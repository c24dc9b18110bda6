package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An idle Headgate costs next to nothing by default; the spinning modes work and stop. */
@Timeout(60)
class IdleTest {
  private static final int LOOKS = 100_000;
  private static final Duration WATCHED = ofMillis(700);
  private static final double PERCENT = 1;

  /** Threads of a Headgate that was built after this was made. */
  private static final class NewThreads {
    private final Set<Thread> before = alive();

    private static Set<Thread> alive() {
      return Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().startsWith("headgate-"))
          .collect(Collectors.toSet());
    }

    Set<Thread> now() {
      Set<Thread> now = alive();
      now.removeAll(before);
      return now;
    }

    Thread dispatcher() {
      return now().stream()
          .filter(thread -> thread.getName().equals("headgate-dispatcher"))
          .findFirst()
          .orElseThrow();
    }

    long cpuNs() {
      var threads = ManagementFactory.getThreadMXBean();
      return now().stream()
          .mapToLong(t -> Math.max(0, threads.getThreadCpuTime(t.threadId())))
          .sum();
    }

    // The median of three: a collection of garbage in the way of one makes no difference.
    double cpuPercent() throws InterruptedException {
      double[] percents = {watch(), watch(), watch()};
      Arrays.sort(percents);
      return percents[1];
    }

    /** CPU time of all of them, in percent of one core. */
    private double watch() throws InterruptedException {
      long cpu = cpuNs();
      long start = System.nanoTime();
      assertThat(new CountDownLatch(1).await(WATCHED.toNanos(), TimeUnit.NANOSECONDS)).isFalse();
      return 100.0 * (cpuNs() - cpu) / (System.nanoTime() - start);
    }
  }

  private static void burst(Headgate headgate) throws InterruptedException {
    Agent agent = headgate.agent("agent");
    Target target = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));
    try (var job = headgate.job(j -> j)) {
      List<Admitted<String>> handles = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        handles.add(job.submitOrThrow(Task.<String>of(agent, target, attempt -> "done")));
      }
      for (Admitted<String> handle : handles) {
        assertThat(handle.join()).isEqualTo(new Outcome.Completed<>("done"));
      }
    }
  }

  @Test
  void usesUnderOnePercentOfACore() throws Exception {
    var threads = new NewThreads();
    try (var headgate = Headgate.builder().listener((event, lost) -> {}).build()) {
      assertThat(headgate.snapshot().openJobs()).isZero();
      double fresh = threads.cpuPercent();
      burst(headgate);
      // Something that waits for hours, and a timer far away.
      Job job = headgate.job(j -> j.deadline(Duration.ofHours(5)));
      var never = new CountDownLatch(1);
      Admitted<String> held =
          job.submitOrThrow(
              Task.<String>of(
                  headgate.agent("agent"),
                  headgate.target("slow", t -> t.timeout(Duration.ofHours(4))),
                  attempt -> {
                    never.await();
                    return "";
                  }));
      assertThat(headgate.snapshot().inFlight()).isEqualTo(1);
      double afterBurst = threads.cpuPercent();
      report("idle: %.2f %% of a core fresh, %.2f %% after a burst".formatted(fresh, afterBurst));
      assertThat(fresh).isLessThan(PERCENT);
      assertThat(afterBurst).isLessThan(PERCENT);
      assertThat(held.cancel()).isTrue();
      job.close();
    }
  }

  @ParameterizedTest
  @EnumSource(IdleMode.class)
  void eachModeWorksAndStops(IdleMode mode) throws Exception {
    var threads = new NewThreads();
    Thread dispatcher;
    try (var headgate = Headgate.builder().idleMode(mode).build()) {
      dispatcher = threads.dispatcher();
      burst(headgate);
      if (mode != IdleMode.PARK) {
        report("idle in mode %s: %.0f %% of a core".formatted(mode, threads.cpuPercent()));
        // Not by its share of a CPU, which others may need.
        for (int look = 0; look < LOOKS; look++) {
          assertThat(dispatcher.getState()).isEqualTo(Thread.State.RUNNABLE);
        }
      }
      burst(headgate);
      assertThat(headgate.shutdown(ofSeconds(5))).isTrue();
      assertThat(headgate.audit()).isEqualTo(new Audit(true, List.of()));
    }
    assertThat(dispatcher.join(ofSeconds(10))).as("the dispatcher's thread has ended").isTrue();
  }

  @SuppressWarnings("SystemOut") // measured figures
  private static void report(String figures) {
    System.out.println(figures);
  }
}
