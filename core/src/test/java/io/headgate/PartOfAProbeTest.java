package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Outcome.Completed;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a probe's call submits is let through a half-open breaker with it, and nothing else is. */
final class PartOfAProbeTest {
  private static final By KIM = new By("kim", "to see");
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final Headgate headgate = Headgate.builder().build();
  private final Agent agent = headgate.agent("agent");
  private final Target tool = headgate.target("tool", PartOfAProbeTest::few);
  private final Target model = headgate.target("model", PartOfAProbeTest::few);
  private final Job job = headgate.job(j -> j);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  private static TargetSettings few(TargetSettings settings) {
    return settings
        .breaker(BreakerPolicy.DEFAULT.probes(1))
        .agentBreaker(BreakerPolicy.DEFAULT.probes(1))
        .loopGuard(LoopPolicy.OFF);
  }

  @AfterEach
  void close() {
    goOn.countDown();
    job.close();
    Rest.assertConserved(headgate);
    headgate.close();
  }

  private String breaker(Target target) {
    return headgate.snapshot().targets().stream()
        .filter(t -> t.id().equals(target.id()))
        .findFirst()
        .orElseThrow()
        .breaker();
  }

  private void halfOpen(Target target) {
    headgate.operator().openBreaker(target, MOMENT, KIM);
    Rest.until(() -> breaker(target).equals("HALF_OPEN"));
  }

  private static String answer(Admission<String> admission) throws Exception {
    return switch (admission) {
      case Admitted<String> handle ->
          handle.join() instanceof Completed<String> done ? done.value() : "not completed";
      case Refused<String> refused -> refused.reason().name();
    };
  }

  private Task<String> task(Target target, Call<String> call) {
    return Task.of(agent, target, Estimate.of(1, 1), call);
  }

  private Call<String> waits() {
    return holds(begun, goOn, "went on");
  }

  private static Call<String> holds(CountDownLatch begun, CountDownLatch goOn, String answer) {
    return attempt -> {
      begun.countDown();
      goOn.await();
      return answer;
    };
  }

  private Call<String> asks(Target target, Call<String> below) {
    return attempt -> "asked: " + answer(attempt.submit(task(target, below)));
  }

  @Test
  void callsOfOneTargetMayNestDeeperThanThereAreProbes() throws Exception {
    halfOpen(model);
    Call<String> call = asks(model, asks(model, asks(model, attempt -> "done")));
    assertThat(answer(job.submit(task(model, call)))).isEqualTo("asked: asked: asked: done");
    assertThat(breaker(model)).isEqualTo("CLOSED");
  }

  @Test
  void alsoThroughAnotherTarget() throws Exception {
    halfOpen(model);
    Call<String> call = asks(tool, asks(tool, asks(model, attempt -> "done")));
    assertThat(answer(job.submit(task(model, call)))).isEqualTo("asked: asked: asked: done");
  }

  @Test
  void alsoThroughTheBreakerOfAnAgent() throws Exception {
    headgate.operator().openBreaker(agent, model, MOMENT, KIM);
    AtomicReference<String> answer = new AtomicReference<>("AGENT_CUT_OFF");
    Call<String> call = asks(model, asks(model, attempt -> "done"));
    Rest.until(
        () -> {
          try {
            answer.set(answer(job.submit(task(model, call))));
          } catch (Exception e) {
            throw new AssertionError(e);
          }
          return !answer.get().equals("AGENT_CUT_OFF");
        });
    assertThat(answer.get()).isEqualTo("asked: asked: done");
  }

  @Test
  void othersAreKeptOutMeanwhileAlsoTheSameJobs() throws Exception {
    halfOpen(model);
    Admission<String> probe = job.submit(task(model, asks(model, waits())));
    begun.await();
    assertThat(answer(job.submit(task(model, attempt -> "")))).isEqualTo("TARGET_UNAVAILABLE");
    goOn.countDown();
    assertThat(answer(probe)).isEqualTo("asked: went on");
  }

  @Test
  void whatBeganBeforeIsNoProbe() throws Exception {
    Call<String> late =
        attempt -> {
          begun.countDown();
          goOn.await();
          return answer(attempt.submit(task(model, a -> "")));
        };
    Admission<String> before = job.submit(task(model, late));
    begun.await();
    halfOpen(model);
    var occupied = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    Admission<String> one = job.submit(task(model, holds(occupied, leave, "done")));
    occupied.await();
    goOn.countDown();
    assertThat(answer(before)).isEqualTo("TARGET_UNAVAILABLE");
    leave.countDown();
    assertThat(answer(one)).isEqualTo("done");
  }

  @Test
  void anAttemptThatIsOverHandsNothingOn() throws Exception {
    Target two = headgate.target("two", t -> few(t).breaker(BreakerPolicy.DEFAULT.probes(2)));
    halfOpen(two);
    AtomicReference<Attempt> kept = new AtomicReference<>();
    Admission<String> other = job.submit(task(two, waits()));
    begun.await();
    Call<String> keeps =
        attempt -> {
          kept.set(attempt);
          return "done";
        };
    assertThat(answer(job.submit(task(two, keeps)))).isEqualTo("done");
    assertThat(answer(kept.get().submit(task(two, attempt -> "")))).isEqualTo("TARGET_UNAVAILABLE");
    goOn.countDown();
    assertThat(answer(other)).isEqualTo("went on");
    assertThat(breaker(two)).isEqualTo("CLOSED");
  }

  @Test
  void whatIsPartOfAProbeAndFailsOpensItAgain() throws Exception {
    halfOpen(model);
    Call<String> fails =
        attempt -> {
          throw new java.io.IOException("reset");
        };
    assertThat(answer(job.submit(task(model, asks(model, fails)))))
        .isEqualTo("asked: not completed");
    assertThat(breaker(model)).isEqualTo("OPEN");
  }

  @Test
  void twoTargetsThatCallEachOtherAreBothWellAgain() throws Exception {
    halfOpen(model);
    halfOpen(tool);
    Call<String> call = attempt -> "done";
    for (int i = 7; i > 0; i--) {
      call = asks(i % 2 == 0 ? model : tool, call);
    }
    assertThat(answer(job.submit(task(model, call)))).endsWith("done");
    assertThat(breaker(model)).isEqualTo("CLOSED");
    assertThat(breaker(tool)).isEqualTo("CLOSED");
  }

  @Test
  void whatWasCalledOffHandsNothingOnThoughItsThreadGoesOn() throws Exception {
    halfOpen(model);
    AtomicReference<String> below = new AtomicReference<>();
    var over = new CountDownLatch(1);
    Call<String> deaf =
        attempt -> {
          begun.countDown();
          boolean waits = true;
          while (waits) {
            try {
              goOn.await();
              waits = false;
            } catch (InterruptedException e) {
              // deaf on purpose
            }
          }
          below.set(answer(attempt.submit(task(model, a -> ""))));
          over.countDown();
          return "";
        };
    Admitted<String> probe = job.submitOrThrow(task(model, deaf));
    begun.await();
    probe.cancel();
    probe.join();
    var occupied = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    Admission<String> next = job.submit(task(model, holds(occupied, leave, "done")));
    occupied.await();
    goOn.countDown();
    over.await();
    assertThat(below.get()).isEqualTo("TARGET_UNAVAILABLE");
    leave.countDown();
    assertThat(answer(next)).isEqualTo("done");
  }
}
