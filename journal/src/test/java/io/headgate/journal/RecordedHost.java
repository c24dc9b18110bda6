package io.headgate.journal;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.BreakerPolicy;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.ParkPolicy;
import io.headgate.RetryPolicy;
import io.headgate.Target;
import io.headgate.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** A host that does a little of everything, with its journal. */
final class RecordedHost {
  // An id is not used twice, not even by the next host in the same folder.
  private static final AtomicLong RUNS = new AtomicLong();

  private RecordedHost() {}

  /** Runs jobs on so many threads, and closes the Headgate; answers how many tasks were let in. */
  static long run(Path folder, int threads, int jobsEach) throws InterruptedException {
    return run(folder, Durability.ASYNC, threads, jobsEach);
  }

  static long run(Path folder, Durability durability, int threads, int jobsEach)
      throws InterruptedException {
    long[] admitted = new long[threads];
    RUNS.incrementAndGet();
    try (Headgate headgate =
        Headgate.builder()
            .maxInFlight(16)
            .maxWaiting(64)
            .journal(FolderJournal.in(folder, durability))
            .build()) {
      List<Thread> hosts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        hosts.add(
            Thread.ofPlatform().start(() -> admitted[number] = host(headgate, number, jobsEach)));
      }
      for (Thread host : hosts) {
        host.join();
      }
    }
    long all = 0;
    for (long each : admitted) {
      all += each;
    }
    return all;
  }

  private static long host(Headgate headgate, int number, int jobs) {
    var random = new SplittableRandom(number);
    Agent agent = headgate.agent("agent-" + number, s -> s.maxInFlight(8));
    Target model =
        headgate.target(
            "model",
            t ->
                t.timeout(Duration.ofMillis(50))
                    .retry(RetryPolicy.DEFAULT.maxAttempts(3))
                    .breaker(BreakerPolicy.OFF) // it would keep most of this out
                    .agentBreaker(BreakerPolicy.OFF));
    Target tool = headgate.target("tool", t -> t.maxInFlight(4).loopGuard(LoopPolicy.OFF));
    long admitted = 0;
    for (int i = 0; i < jobs; i++) {
      long budget = 1_000L + random.nextInt(4_000);
      try (Job job =
          headgate.job(
              "job-" + RUNS.get() + "-" + number + "-" + i,
              j ->
                  j.tokenBudget(budget)
                      .deadline(Duration.ofSeconds(20))
                      .parkAtBudget(
                          random.nextInt(4) == 0
                              ? ParkPolicy.atBudget()
                                  .then(ParkPolicy.Action.REFUSE, Duration.ofMillis(5))
                              : ParkPolicy.OFF))) {
        List<Admitted<Integer>> handles = new ArrayList<>();
        for (int call = 0; call < 6; call++) {
          SplittableRandom dice = random.split();
          Task<Integer> task =
              Task.<Integer>of(
                      agent,
                      model,
                      Estimate.of(50, 200),
                      attempt -> work(attempt, dice, agent, tool))
                  .idempotent(true)
                  .ephemeral();
          Admission<Integer> admission = job.submit(task);
          if (admission instanceof Admitted<Integer> handle) {
            admitted++;
            handles.add(handle);
            if (random.nextInt(10) == 0) {
              handle.cancel();
            }
          }
        }
        if (random.nextInt(5) != 0) { // else it is closed while they run
          for (Admitted<Integer> each : handles) {
            var _ = each.join();
          }
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (random.nextInt(20) == 0) {
        model.reconfigure(t -> t.maxInFlight(2 + random.nextInt(14)));
      }
    }
    return admitted;
  }

  private static Integer work(Attempt attempt, SplittableRandom random, Agent agent, Target tool)
      throws Exception {
    int dice = random.nextInt(100);
    if (dice < 10) {
      throw new java.net.ConnectException("down");
    }
    if (dice < 13) {
      Thread.sleep(100); // past its timeout
    }
    if (dice < 40) {
      Admission<Integer> child =
          attempt.submit(Task.<Integer>of(agent, tool, Estimate.of(10, 10), _ -> 1).ephemeral());
      if (child instanceof Admitted<Integer> handle) {
        var _ = handle.join();
      }
    }
    attempt.usage(20 + random.nextInt(30), random.nextInt(200));
    return dice;
  }
}
