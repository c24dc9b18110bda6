package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.OperatorAnswer.AlreadyDone;
import io.headgate.OperatorAnswer.Conflict;
import io.headgate.OperatorAnswer.Done;
import io.headgate.OperatorAnswer.Impossible;
import io.headgate.ParkPolicy.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Operators who all talk at once, to a Headgate whose work is parked, cancelled and removed. */
@Timeout(30)
final class OperatorStormTest {
  private static final int TASKS = 1_200;
  private static final Duration SHORT = Duration.ofMillis(3);

  private final Headgate headgate =
      Headgate.builder()
          .maxParked(64)
          .maxParkedTokens(20_000)
          .patience(Duration.ofSeconds(10))
          .build();
  private final Operator operator = headgate.operator();
  private final List<Agent> agents = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final ConcurrentLinkedQueue<Admitted<String>> handles = new ConcurrentLinkedQueue<>();
  private final ConcurrentMap<Long, Action> decided = new ConcurrentHashMap<>();

  private OperatorAnswer say(SplittableRandom random, By by) {
    Agent agent = agents.get(random.nextInt(agents.size()));
    Target target = targets.get(random.nextInt(targets.size()));
    List<ParkedTask> parked = operator.parked();
    long task = parked.isEmpty() ? -1 : parked.get(random.nextInt(parked.size())).taskId();
    return switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> decide(task, Action.RUN, by);
      case 4, 5 -> decide(task, Action.REFUSE, by);
      case 6 -> operator.pause(agent, SHORT, by);
      case 7 -> operator.resume(agent, by);
      case 8 -> operator.pause(target, SHORT, by);
      case 9 -> operator.resume(target, by);
      case 10 -> operator.pauseAll(SHORT, by);
      case 11 -> operator.resumeAll(by);
      case 12 -> operator.tokenBudget("job-" + random.nextInt(4), random.nextLong(1, 900_000), by);
      case 13 -> operator.openBreaker(agent, target, SHORT, by);
      case 14 -> operator.closeBreaker(target, SHORT, by);
      default -> operator.drain(SHORT, by);
    };
  }

  private OperatorAnswer decide(long task, Action action, By by) {
    OperatorAnswer answer =
        action == Action.RUN ? operator.approve(task, by) : operator.refuse(task, by);
    switch (answer) {
      case Done _ -> assertThat(decided.put(task, action)).as("decided before").isNull();
      case AlreadyDone(OperatorWord before) ->
          assertThat(before.verb()).isEqualTo(action == Action.RUN ? "approve" : "refuse");
      case Conflict(OperatorWord before) ->
          assertThat(before.verb()).isNotEqualTo(action == Action.RUN ? "approve" : "refuse");
      case Impossible(String why) -> assertThat(why).contains("is not parked");
    }
    return answer;
  }

  private boolean submit(SplittableRandom random, int job) throws InterruptedException {
    List<Admitted<String>> own = new ArrayList<>();
    try (Job open = headgate.job("job-" + job, j -> j.tokenBudget(1_000_000))) {
      for (int i = 0; i < TASKS / 4; i++) {
        Task<String> task =
            Task.of(
                agents.get(random.nextInt(agents.size())),
                targets.get(random.nextInt(targets.size())),
                Estimate.of(100, 100),
                attempt -> "");
        if (open.submit(task, Duration.ofMillis(20)) instanceof Admitted<String> handle) {
          own.add(handle);
          handles.add(handle);
          if (random.nextInt(8) == 0) {
            var _ = handle.cancel();
          }
        }
        if (own.size() == 32) {
          for (Admitted<String> each : own) {
            var _ = each.join();
          }
          own.clear();
        }
        if (random.nextInt(64) == 0) {
          targets.get(2).reconfigure(t -> t.maxInFlight(1 + random.nextInt(8)));
        }
      }
      for (Admitted<String> handle : own) {
        var _ = handle.join();
      }
    }
    return true;
  }

  @Test
  void everyTaskEndsOnceAndNothingIsLost() throws Exception {
    for (int i = 0; i < 3; i++) {
      int at = i;
      agents.add(headgate.agent("agent-" + i));
      Action action = i == 0 ? Action.RUN : Action.REFUSE;
      targets.add(
          headgate.target(
              "target-" + i,
              t ->
                  at == 2
                      ? t
                      : t.park(
                          ParkPolicy.always()
                              .then(action, Duration.ofMillis(100))
                              .clockStands(at == 0))));
    }
    try (var threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> submitters = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int job = i;
        submitters.add(threads.submit(() -> submit(new SplittableRandom(job), job)));
      }
      List<Future<?>> operators = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        var random = new SplittableRandom(100 + i);
        var by = new By("operator-" + i, "storm");
        operators.add(
            threads.submit(
                () -> {
                  while (!submitters.stream().allMatch(Future::isDone)) {
                    var _ = say(random, by);
                  }
                }));
      }
      for (Future<?> each : submitters) {
        each.get();
      }
      for (Future<?> each : operators) {
        each.get();
      }
    }
    operator.resumeAll(new By("kim", "it is over"));
    assertThat(handles).isNotEmpty().allMatch(handle -> handle.outcome().isPresent());
    assertThat(decided).as("tasks that an operator decided on").isNotEmpty();
    assertThat(operator.parked()).isEmpty();
    headgate.close();
    Rest.assertConserved(headgate);
    for (Admitted<String> handle : handles) {
      if (decided.get(handle.id()) == Action.REFUSE) {
        assertThat(handle.join()).isEqualTo(new Outcome.Cancelled<>(Outcome.Cancellation.DECLINED));
      }
    }
  }
}
