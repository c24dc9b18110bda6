package io.headgate.examples.redteam;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.Estimate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A provider whose answers are no JSON, and whose usage figures are negative, huge, or not there:
 * so that books overflow, or a job spends what it does not have.
 */
final class MalformedAnswers implements Attack {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final long BILLION = 1_000_000_000;
  private static final int CALLS = 16;
  private static final int LIES = 3;
  private static final int BABBLE = 5;

  private final AtomicInteger spentOn = new AtomicInteger();
  private final AtomicInteger negative = new AtomicInteger();

  @Override
  public String name() {
    return "malformed-answers";
  }

  @Override
  public String tries() {
    return "broken JSON, usage figures that are negative or a billion: a job that goes on after it";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent babbler = ground.agent("babbler");
    Target babble = ground.model("babble");
    Agent liar = ground.agent("liar");
    Target lies = ground.model("lies"); // these calls return, so no breaker is in their way
    ground.attack(
        Ground.THREADS,
        random -> {
          try (Job job = ground.job()) {
            var ruined = new AtomicBoolean();
            boolean isLie = random.nextBoolean();
            for (int i = 0; i < CALLS && !ground.over(); i++) {
              int kind = isLie ? random.nextInt(LIES) : LIES + random.nextInt(BABBLE);
              SplittableRandom own = random.split();
              Task<String> task =
                  Task.of(
                      isLie ? liar : babbler,
                      isLie ? lies : babble,
                      Estimate.of(100, 100),
                      attempt -> answer(attempt, kind, own, ruined));
              boolean before = ruined.get();
              Admitted<String> handle = ground.submit(job, task);
              if (handle != null) {
                spentOn.addAndGet(before ? 1 : 0);
                var _ = handle.join(); // an attempt settles before its handle is told of its end
              }
            }
            long left = job.remainingTokens();
            negative.addAndGet(left < 0 || job.spending().tokensSpent() < 0 ? 1 : 0);
          }
        });
  }

  private static String answer(
      Attempt attempt, int kind, SplittableRandom random, AtomicBoolean ruined) throws Exception {
    switch (kind) {
      case 0 -> {
        attempt.usage(BILLION, BILLION);
        ruined.set(true);
      }
      case 1 -> attempt.charge(BILLION);
      case 2 -> {
        // says nothing of what it used
      }
      case 3 -> attempt.usage(-1 - random.nextInt(1_000), 1);
      case 4 -> attempt.usage(Long.MAX_VALUE, Long.MAX_VALUE);
      case 5 -> attempt.charge(-BILLION);
      case 6 -> {
        var _ = MAPPER.readTree("{\"answer\": [1, 2, ");
      }
      default -> {
        var _ = MAPPER.readTree("\u0000\ud800 not json");
      }
    }
    return "";
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    List<String> got = new ArrayList<>();
    if (spentOn.get() > 0) {
      got.add(spentOn + " calls of jobs that were billed two billion tokens before");
    }
    if (negative.get() > 0) {
      got.add(negative + " jobs whose books went negative");
    }
    return got;
  }
}
