package io.headgate.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.SpendingLimits;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.admission.Reservation;
import io.headgate.admission.SpendingAccount;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What all may spend, first limited while attempts run: each settles where it was taken. */
@Timeout(60)
class LimitOfAllTest {
  private static final long USED = 70;

  private final LiveHeadgate headgate = (LiveHeadgate) Headgate.builder().maxInFlight(64).build();
  private final Agent agent = headgate.agent("agent");
  // A thousand nano-dollars a token.
  private final Target model = headgate.target("model", t -> t.price(1, 1));
  private final Job job = headgate.job(j -> j);

  @AfterEach
  void sound() {
    headgate.close();
    assertThat(headgate.audit().violations()).isEmpty();
  }

  private SpendingAccount account() {
    SpendingAccount account = headgate.gates().spending();
    assertThat(account).isNotNull();
    return account;
  }

  @Test
  void whatWasTakenBeforeIsNeverGivenBack() throws Exception {
    assertThat(headgate.spendingLimits()).isEqualTo(SpendingLimits.NONE);
    assertThat(headgate.gates().spending()).as("nobody pays for what is not there").isNull();
    var release = new CountDownLatch(1);
    Task<String> task =
        Task.of(
            agent,
            model,
            Estimate.of(100, 0),
            attempt -> {
              release.await();
              attempt.usage(USED, 0);
              return "";
            });
    Admitted<String> before = job.submitOrThrow(task);
    headgate.limitSpending(l -> l.tokens(150).money(1).moneyPerMinute(1));
    Admitted<String> after = job.submitOrThrow(task);
    assertThat(account().tokens()).isEqualTo(100);
    assertThat(((Refused<?>) job.submit(task)).reason()).isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
    release.countDown();
    before.join();
    after.join();
    assertThat(account().tokens()).isEqualTo(USED);
    assertThat(account().moneyNanos()).isEqualTo(USED * 1_000);
  }

  @Test
  void whatWasTakenBeforeTheMinuteWasLimitedIsChargedToItOnce() throws Exception {
    var clock = new CachedNanoClock();
    LiveHeadgate stepped = LiveHeadgate.stepped(HeadgateSettings.DEFAULT, clock, () -> 0);
    Agent one = stepped.agent("agent");
    // A micro-dollar a token at the top, half of that below, where a second call goes.
    Target ladder =
        stepped.target(
            "ladder",
            t ->
                t.price(1, 1)
                    .degradation(
                        DegradationPolicy.of(
                            Rung.of("large", 100).maxInFlight(1), Rung.of("small", 50))));
    stepped.limitSpending(l -> l.money(1));
    var release = new CountDownLatch(1);
    Job job = stepped.job(j -> j);
    Admitted<String> top =
        job.submitOrThrow(
            Task.of(
                one,
                ladder,
                attempt -> {
                  release.await();
                  return "";
                }));
    stepped.step();
    Admitted<String> below =
        job.submitOrThrow(
            Task.of(
                one,
                ladder,
                Estimate.of(600, 0),
                attempt -> {
                  attempt.usage(600, 0);
                  return "";
                }));
    clock.advance(1);
    stepped.limitSpending(l -> l.moneyPerMinute(0.000_600));
    while (below.outcome().isEmpty()) {
      stepped.step();
    }
    assertThat(below.join()).isEqualTo(new Outcome.Completed<>("", 1));
    SpendingAccount account = stepped.gates().spending();
    assertThat(account).isNotNull();
    assertThat(account.rate().waitNs(600, clock.nanoTime()))
        .as("until the minute is full again: it used half of it")
        .isEqualTo(30_000_000_000L);
    release.countDown();
    while (top.outcome().isEmpty()) {
      stepped.step();
    }
  }

  @Test
  void howeverManyRaceForChangesItCountsExactlyWhatWasTakenUnderIt() throws Exception {
    List<Admitted<String>> handles = new ArrayList<>();
    long most = 40_000;
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<List<Admitted<String>>>> submitters = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        submitters.add(threads.submit(this::submitSome));
      }
      Future<?> changes =
          threads.submit(
              () -> {
                var random = new SplittableRandom(5);
                // The first: with money alone limited, more tokens might be taken before the next.
                headgate.limitSpending(l -> l.tokens(most));
                while (!submitters.stream().allMatch(Future::isDone)) {
                  long tokens = 1 + random.nextLong(most);
                  headgate.limitSpending(
                      l -> random.nextBoolean() ? l.tokens(tokens) : l.moneyPerMinute(900));
                  SpendingAccount account = account();
                  assertThat(account.tokens()).isBetween(0L, most);
                }
                headgate.limitSpending(l -> l.tokens(most));
              });
      for (Future<List<Admitted<String>>> submitter : submitters) {
        handles.addAll(submitter.get());
      }
      changes.get();
    }
    long counted = 0;
    for (Admitted<String> handle : handles) {
      handle.join();
      counted += ((Reservation) handle).isLimitedWithAll() ? USED : 0;
    }
    job.close();
    headgate.close();
    assertThat(account().tokens()).isEqualTo(counted).isPositive();
    assertThat(account().moneyNanos()).isEqualTo(counted * 1_000);
  }

  private List<Admitted<String>> submitSome() {
    Task<String> task =
        Task.of(
            agent,
            model,
            Estimate.of(100, 0),
            attempt -> {
              attempt.usage(USED, 0);
              return "";
            });
    List<Admitted<String>> own = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      Admission<String> admission = job.submit(task);
      if (admission instanceof Admitted<String> handle) {
        own.add(handle);
      }
    }
    return own;
  }
}
