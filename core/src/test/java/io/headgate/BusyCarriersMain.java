package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps every carrier of virtual threads busy, then measures how late outcomes are; or lets 200
 * producers submit at once. Run by {@code BusyCarriersTest} in a JVM of its own: what it does to
 * the carriers it does to all virtual threads of a JVM. Prints a line a round.
 */
final class BusyCarriersMain {
  private static final int DEADLINES = 300;
  private static final long EVERY_NS = 2_000_000;
  private static final int PRODUCERS = 200;
  private static final int TASKS_EACH = 50;
  // Not private: hidden classes are no nest mates.
  static final CountDownLatch UNPIN = new CountDownLatch(1);
  static final AtomicInteger BUSY = new AtomicInteger();
  private static volatile boolean spinning = true;

  private BusyCarriersMain() {}

  /** Defined again and again as hidden classes: each has an initialiser that blocks, pinned. */
  static final class Pinned {
    static {
      BUSY.incrementAndGet();
      try {
        UNPIN.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private Pinned() {}
  }

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "spin" -> measure(Integer.parseInt(arguments[1]), attempt -> spin());
      case "pin" -> measure(Integer.parseInt(arguments[1]), attempt -> pin());
      case "producers" -> produce();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static String spin() {
    BUSY.incrementAndGet();
    while (spinning) {
      Thread.onSpinWait();
    }
    return "";
  }

  private static String pin() throws Exception {
    String file = "BusyCarriersMain$Pinned.class";
    try (var in = BusyCarriersMain.class.getResourceAsStream(file)) {
      return MethodHandles.lookup().defineHiddenClass(in.readAllBytes(), true).toString();
    }
  }

  private static void measure(int rounds, Call<String> busyCall) throws Exception {
    int carriers = Runtime.getRuntime().availableProcessors();
    int busyCalls = carriers + 2;
    var headgate = Headgate.builder().maxInFlight(100_000).maxWaiting(10_000).build();
    Agent agent = headgate.agent("agent");
    Target busy =
        headgate.target(
            "busy",
            t -> t.tool().loopGuard(LoopPolicy.OFF).maxInFlight(busyCalls).timeout(ofMinutes(10)));
    Target timed =
        headgate.target(
            "timed",
            t ->
                t.tool()
                    .loopGuard(LoopPolicy.OFF)
                    .maxOverruns(1_000_000)
                    .timeout(ofMillis(50))
                    .breaker(BreakerPolicy.OFF) // all of them time out, on purpose
                    .agentBreaker(BreakerPolicy.OFF));
    Job job = headgate.job(j -> j);
    for (int i = 0; i < busyCalls; i++) {
      job.submitOrThrow(Task.<String>of(agent, busy, busyCall));
    }
    await("every carrier is busy", () -> BUSY.get() >= carriers);
    var gotCarrier = new AtomicBoolean();
    Thread probe = Thread.ofVirtual().start(() -> gotCarrier.set(true));
    Task<String> times = Task.<String>of(agent, timed, attempt -> "no carrier, no answer");
    Task<String> expires = Task.<String>of(agent, busy, attempt -> "no permit").ttl(ofMillis(50));
    for (int round = 0; round < rounds; round++) {
      print(round(job, times, expires));
    }
    check(!gotCarrier.get(), "a carrier was free");
    spinning = false;
    UNPIN.countDown();
    check(probe.join(ofSeconds(20)), "the carriers are still busy");
    finish(headgate, job);
  }

  // One platform thread submits on a beat, another sees the outcomes come.
  private static String round(Job job, Task<String> times, Task<String> expires)
      throws InterruptedException {
    List<Admitted<String>> handles = new ArrayList<>();
    long[] dueNs = new long[DEADLINES];
    var submitted = new AtomicInteger();
    Thread producer =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < DEADLINES; i++) {
                    dueNs[i] = System.nanoTime() + ofMillis(50).toNanos();
                    Admitted<String> handle = job.submitOrThrow(i % 2 == 0 ? times : expires);
                    synchronized (handles) {
                      handles.add(handle);
                    }
                    submitted.incrementAndGet();
                    LockSupport.parkNanos(EVERY_NS);
                  }
                });
    var lateness = new Lateness("by the clock");
    var corrected = new Lateness("without hiccups");
    var hiccups = new Hiccups();
    long[] seenNs = new long[DEADLINES];
    for (int i = 0; i < DEADLINES; i++) {
      while (submitted.get() <= i) {
        LockSupport.parkNanos(EVERY_NS);
      }
      Admitted<String> handle;
      synchronized (handles) {
        handle = handles.get(i);
      }
      Outcome<String> outcome = handle.join();
      seenNs[i] = System.nanoTime();
      Outcome<String> expected =
          i % 2 == 0
              ? new Outcome.TimedOut<>(Outcome.Bound.TIMEOUT)
              : new Outcome.Expired<>(Outcome.Bound.TTL);
      check(outcome.equals(expected), outcome + " instead of " + expected);
      check(seenNs[i] >= dueNs[i], "early by " + (dueNs[i] - seenNs[i]) + " ns: " + outcome);
    }
    producer.join();
    hiccups.stop();
    for (int i = 0; i < DEADLINES; i++) {
      long lateNs = seenNs[i] - dueNs[i];
      lateness.add(lateNs);
      corrected.add(lateNs - hiccups.within(dueNs[i], seenNs[i]));
    }
    return corrected + "; " + lateness;
  }

  private static void produce() throws Exception {
    var headgate = Headgate.builder().maxInFlight(4).maxWaiting(64).build();
    Agent agent = headgate.agent("agent", a -> a.maxInFlight(3).maxWaiting(48));
    Target target =
        headgate.target(
            "tool",
            t ->
                t.tool()
                    .loopGuard(LoopPolicy.OFF)
                    .maxInFlight(3)
                    .timeout(ofSeconds(50))
                    .breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF));
    var ended = new AtomicInteger();
    var refused = new AtomicInteger();
    Job job = headgate.job(j -> j.tokenBudget(10_000_000));
    Task<String> task = Task.<String>of(agent, target, Estimate.of(7, 3), attempt -> "done");
    var go = new CountDownLatch(1);
    List<Thread> producers = new ArrayList<>();
    for (int n = 0; n < PRODUCERS; n++) {
      producers.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      go.await();
                      for (int i = 0; i < TASKS_EACH; i++) {
                        switch (job.submit(task)) {
                          case Admitted<String> handle -> {
                            check(handle.join().valueOrNull().equals("done"), "no answer");
                            ended.incrementAndGet();
                          }
                          case Refused<String> _ -> refused.incrementAndGet();
                        }
                      }
                    } catch (InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                  }));
    }
    go.countDown();
    for (Thread producer : producers) {
      producer.join();
    }
    Snapshot snapshot = headgate.snapshot();
    check(ended.get() + refused.get() == PRODUCERS * TASKS_EACH, "lost: " + ended + " " + refused);
    check(snapshot.admitted() == ended.get(), "admitted " + snapshot.admitted() + ", not " + ended);
    check(job.remainingTokens() == 10_000_000 - 10L * ended.get(), "tokens of the job");
    print("producers: " + ended + " ended, " + refused + " refused");
    finish(headgate, job);
  }

  private static void finish(Headgate headgate, Job job) {
    job.close();
    check(headgate.shutdown(ofSeconds(20)), "something was left behind");
    Audit audit = headgate.audit();
    check(audit.equals(new Audit(true, List.of())), audit.toString());
    print("conserved");
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(String what, Condition condition) {
    long end = System.nanoTime() + ofSeconds(20).toNanos();
    while (!condition.holds()) {
      check(System.nanoTime() < end, "not yet: " + what);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static void print(Object line) {
    System.out.println(line);
  }
}
