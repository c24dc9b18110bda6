package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Codec;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Recovery;
import io.headgate.Recovery.Fate;
import io.headgate.Target;
import io.headgate.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Headgate that goes on while its journal cannot be written. */
@Timeout(120)
class GapTest {
  private static final Estimate ESTIMATE = Estimate.of(100, 200);

  @TempDir Path folders;

  private final AtomicBoolean fails = new AtomicBoolean();
  private final BlockingQueue<String> made = new LinkedBlockingQueue<>();
  private final CountDownLatch never = new CountDownLatch(1);

  private final Handler<String, String> ask =
      Handler.of(
              "ask",
              Codec.UTF_8,
              (attempt, question) -> {
                made.add(question);
                if (question.startsWith("hang")) {
                  never.await();
                }
                attempt.usage(10, 20);
                return question;
              })
          .payload(Handler.Payload.FULL);

  private final class FailingFile extends RecordFile {
    FailingFile(Path folder, long last, boolean sync) {
      super(folder, last, sync);
    }

    @Override
    void append() {
      if (fails.get()) {
        throw new IllegalStateException("no disk");
      }
      super.append();
    }
  }

  private Headgate headgate(Path folder, Durability durability) {
    return Headgate.builder()
        .journal(
            new ChronicleJournal(
                folder,
                FolderSettings.DEFAULT
                    .durability(durability)
                    .whileFailing(WhileFailing.RUN_UNJOURNALED),
                FailingFile::new))
        .handler(ask)
        .build();
  }

  private Task<String> ask(Headgate headgate, String question) {
    Agent agent = headgate.agent("agent");
    Target target = headgate.target("model", t -> t.maxInFlight(1));
    return Task.of(agent, target, ESTIMATE, ask.call(question));
  }

  private static void untilLost(Admitted<?> handle) {
    assertThatThrownBy(() -> handle.durable().get(10, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("the journal cannot be written");
  }

  // Submits until one is on record again: the gap has ended.
  private void untilOnRecord(Headgate headgate) throws Exception {
    while (true) {
      Job job = headgate.job(j -> j.tokenBudget(1_000));
      Admitted<String> handle = job.submitOrThrow(ask(headgate, "probe"));
      try {
        handle.durable().get(10, TimeUnit.SECONDS);
        assertThat(handle.join()).isInstanceOf(Outcome.Completed.class);
        job.close();
        return;
      } catch (ExecutionException e) {
        assertThat(handle.join()).isInstanceOf(Outcome.Completed.class);
        job.close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void workIsLetInAndWhatItUsedIsKnownAfterwards(Durability durability) throws Exception {
    Path folder = folders.resolve("before");
    Path crashed;
    try (Headgate headgate = headgate(folder, durability)) {
      Job before = headgate.job("before", j -> j.tokenBudget(10_000));
      Admitted<String> first = before.submitOrThrow(ask(headgate, "first"));
      first.durable().get(10, TimeUnit.SECONDS);
      assertThat(first.join()).isInstanceOf(Outcome.Completed.class);

      fails.set(true);
      Admitted<String> lost = before.submitOrThrow(ask(headgate, "lost"));
      untilLost(lost);
      assertThat(lost.join()).isInstanceOf(Outcome.Completed.class);
      Job within = headgate.job("within", j -> j.tokenBudget(5_000));
      Admitted<String> also = within.submitOrThrow(ask(headgate, "also lost"));
      assertThat(also.join()).isInstanceOf(Outcome.Completed.class);
      untilLost(also);

      fails.set(false);
      untilOnRecord(headgate);
      Admitted<String> hangs = within.submitOrThrow(ask(headgate, "hangs"));
      Admitted<String> waits = within.submitOrThrow(ask(headgate, "waits"));
      hangs.durable().get(10, TimeUnit.SECONDS);
      waits.durable().get(10, TimeUnit.SECONDS);
      crashed = CrashedFolder.of(folder, folders.resolve("after"));
      waits.cancel();
      hangs.cancel();
    }

    Verification found = Verification.of(crashed);
    assertThat(found.mismatch()).isNull();
    assertThat(found.gaps()).isEqualTo(1);
    assertThat(found.untold()).isPositive();
    assertThat(gaps(crashed)).singleElement().asString().contains("lostRecords");
    made.clear();
    try (Headgate again = headgate(crashed, durability)) {
      Recovery recovery = again.recover();
      Job before = again.job("before", j -> j.tokenBudget(10_000));
      Job within = again.job("within", j -> j.tokenBudget(5_000));
      // Targets are known once they are registered.
      var _ = ask(again, "");
      assertThat(before.spending().tokensSpent()).isEqualTo(2 * 30);
      assertThat(within.spending().tokensSpent()).isGreaterThanOrEqualTo(30 + 300);
      assertThat(recovery.tasks()).hasSize(2);
      assertThat(again.audit().violations()).isEmpty();
    }
    found = Verification.of(crashed);
    assertThat(found.mismatch()).isNull();
    assertThat(found.runs()).isEqualTo(2);
    assertThat(found.endedInOrder()).isTrue();
  }

  private static List<Happening> gaps(Path folder) {
    List<Happening> gaps = new ArrayList<>();
    Narrator.tell(
        folder,
        happening -> {
          if (happening.kind() == Happening.Kind.GAP) {
            gaps.add(happening);
          }
          return true;
        });
    return gaps;
  }

  /** What is known is what was known at its beginning, and that is sound. */
  @Test
  void aCrashWithinLosesWhatWasInIt() throws Exception {
    Path folder = folders.resolve("before");
    Path crashed;
    try (Headgate headgate = headgate(folder, Durability.WRITE_AHEAD)) {
      Job job = headgate.job("job", j -> j.tokenBudget(10_000));
      Admitted<String> first = job.submitOrThrow(ask(headgate, "first"));
      assertThat(first.join()).isInstanceOf(Outcome.Completed.class);
      first.durable().get(10, TimeUnit.SECONDS);
      fails.set(true);
      Admitted<String> lost = job.submitOrThrow(ask(headgate, "lost"));
      assertThat(lost.join()).isInstanceOf(Outcome.Completed.class);
      untilLost(lost);
      crashed = CrashedFolder.of(folder, folders.resolve("after"));
    }
    fails.set(false);
    assertThat(Verification.of(crashed).isSound()).isTrue();
    assertThat(Verification.of(crashed).gaps()).isZero();
    try (Headgate again = headgate(crashed, Durability.WRITE_AHEAD)) {
      assertThat(again.recover().tasks())
          .extracting(Recovery.RecoveredTask::fate)
          .doesNotContain(Fate.WAITS);
      assertThat(again.job("job", j -> j.tokenBudget(10_000)).spending().tokensSpent())
          .isBetween(30L, 330L);
    }
  }

  @Test
  void withoutItsSnapshotNobodyBuildsOnIt() throws Exception {
    Path folder = folders.resolve("before");
    try (Headgate headgate = headgate(folder, Durability.WRITE_AHEAD)) {
      Job job = headgate.job("job", j -> j.tokenBudget(10_000));
      fails.set(true);
      untilLost(job.submitOrThrow(ask(headgate, "lost")));
      fails.set(false);
      untilOnRecord(headgate);
    }
    try (var files = Files.newDirectoryStream(folder, "*.facts")) {
      for (Path each : files) {
        Files.delete(each);
      }
    }
    assertThatThrownBy(() -> headgate(folder, Durability.WRITE_AHEAD))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has a gap at record");
  }
}
