package io.headgate.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.BreakerPolicy;
import io.headgate.By;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.LoopPolicy;
import io.headgate.Refused;
import io.headgate.RetryPolicy;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.journal.FolderJournal;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What-if over what live hosts have written. */
@Timeout(120)
class LiveWhatIfTest {
  private static final int THREADS = 4;
  private static final int JOBS = 25;
  private static final int REFUSED = 40;

  @TempDir Path folder;

  private final CommandLineRun line = new CommandLineRun();

  private JsonNode whatIf(Path of) throws Exception {
    int code = line.run("what-if", of.toString(), "--seeds", "10", "--json");
    assertThat(code).as(line.complained()).isZero();
    return new JsonMapper().readTree(line.said());
  }

  private static long would(JsonNode all, String figure) {
    return all.path("whatIf").path(figure).path("median").asLong();
  }

  // Jobs of three calls one after the other, of which one in five fails at first, and one in three
  // waits for a tool.
  private static void host(Path folder, String run) throws InterruptedException {
    try (Headgate headgate = Headgate.builder().journal(FolderJournal.in(folder)).build()) {
      List<Thread> threads = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int number = thread;
        threads.add(Thread.ofPlatform().start(() -> client(headgate, run, number)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private static void client(Headgate headgate, String run, int number) {
    var random = new SplittableRandom(number);
    Agent agent = headgate.agent("agent-" + number);
    Target model =
        headgate.target(
            "model",
            t ->
                t.breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF)
                    .retry(
                        RetryPolicy.DEFAULT
                            .budget(100, 1_000)
                            .backoff(Duration.ofMillis(1), Duration.ofMillis(2))));
    Target tool = headgate.target("tool", t -> t.loopGuard(LoopPolicy.OFF));
    for (int i = 0; i < JOBS; i++) {
      try (Job job = headgate.job(run + "-" + number + "-" + i, j -> j)) {
        for (int call = 0; call < 3; call++) {
          int dice = random.nextInt(15);
          Task<String> task =
              Task.of(
                  agent, model, Estimate.of(10, 90), attempt -> answer(attempt, dice, agent, tool));
          var _ = ((Admitted<?>) job.submit(task)).join();
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static String answer(Attempt attempt, int dice, Agent agent, Target tool)
      throws Exception {
    if (dice % 5 == 0 && attempt.number() == 1) {
      throw new ConnectException("down");
    }
    if (dice % 3 == 0) {
      Task<String> child = Task.of(agent, tool, Estimate.of(5, 5), _ -> takes(2));
      var _ = ((Admitted<?>) attempt.submit(child)).join();
    }
    attempt.usage(10, 2 + dice);
    return takes(1 + dice % 4);
  }

  private static String takes(int ms) {
    long untilNs = System.nanoTime() + ms * 1_000_000L;
    for (long left = ms * 1_000_000L; left > 0; left = untilNs - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return "";
  }

  @Test
  void underTheSamePolicyItIsTheSameNightOfBothRuns() throws Exception {
    Path night = folder.resolve("night");
    host(night, "first");
    host(night, "second");
    JsonNode all = whatIf(night);
    assertThat(all.path("then").path("jobs").asLong()).isEqualTo(2 * THREADS * JOBS);
    assertThat(all.path("assumed").toString()).contains("Each of the 2 runs");
    for (String each : List.of("jobs", "jobsInTime", "admitted", "attempts", "tokens")) {
      assertThat(would(all, each))
          .as(each)
          .isCloseTo(all.path("then").path(each).asLong(), Percentage.withPercentage(25));
    }
  }

  @Test
  void aRefusalOfWhichNoJobIsKnownIsAJobMore() throws Exception {
    Path night = folder.resolve("night");
    try (Headgate headgate =
            Headgate.builder().journal(FolderJournal.in(night, s -> s.eachRefusal(true))).build();
        Job job = headgate.job("ticket-1", j -> j)) {
      Agent agent = headgate.agent("crawler");
      Task<String> task = Task.of(agent, headgate.target("model"), _ -> "");
      var _ = ((Admitted<?>) job.submit(task)).join();
      var _ =
          headgate.operator().pause(agent, Duration.ofHours(1), new By("ann", "it is too fast"));
      for (int i = 0; i < REFUSED; i++) {
        assertThat(job.submit(task)).isInstanceOf(Refused.class);
      }
    }
    JsonNode all = whatIf(night);
    assertThat(all.path("then").path("refused").asLong()).isEqualTo(REFUSED);
    assertThat(would(all, "jobs")).isEqualTo(1 + REFUSED);
    assertThat(all.path("assumed").toString())
        .contains("each of the 40 refusals", "refusals are on record each");
  }
}
