package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.Agent;
import io.headgate.By;
import io.headgate.Codec;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Recovery;
import io.headgate.Recovery.Fate;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Headgates that crash, and that take up what was left at another time of day. */
abstract class CrashedHosts {
  @TempDir Path folders;

  /** What was called, and which attempt it was. */
  final BlockingQueue<String> made = new LinkedBlockingQueue<>();

  final Semaphore started = new Semaphore(0);
  private final CountDownLatch never = new CountDownLatch(1);

  final Handler<String, String> handler =
      Handler.of(
              "ask",
              Codec.UTF_8,
              (attempt, question) -> {
                made.add(question + " " + attempt.number());
                if (question.equals("bad")) {
                  throw new IOException("reset");
                }
                if (question.equals("hang")) {
                  started.release();
                  never.await();
                }
                return "re: " + question;
              })
          .payload(Handler.Payload.FULL);
  private final List<Headgate> open = new ArrayList<>();
  Path folder;
  private int crashes;

  @AfterEach
  void end() {
    open.forEach(each -> each.shutdown(Duration.ZERO));
  }

  final Headgate begin() {
    folder = folders.resolve("first");
    return headgate(Duration.ZERO);
  }

  /** Takes up what was left, so much later by the time of day. */
  final Headgate crash(Headgate before, Duration later) throws Exception {
    String last = "crash " + crashes;
    var _ = before.operator().approve(Long.MAX_VALUE, new By("nobody", last)); // in vain
    while (!isOnRecord(last)) {
      Thread.onSpinWait(); // what was before it is there too
    }
    folder = CrashedFolder.of(folder, folders.resolve("after-" + crashes++));
    return headgate(later);
  }

  private boolean isOnRecord(String why) {
    var found = new AtomicBoolean();
    Narrator.tell(
        folder,
        happening -> {
          found.compareAndSet(false, why.equals(happening.more().get("why")));
          return !found.get();
        });
    return found.get();
  }

  private Headgate headgate(Duration later) {
    Headgate headgate =
        Headgate.builder()
            .settings(HeadgateSettings.DEFAULT.retrySpreadPercent(0)) // when, to the nanosecond
            .journal(FolderJournal.in(folder, Durability.WRITE_AHEAD))
            .handler(handler)
            .clocks(
                SystemNanoClock.INSTANCE,
                () -> SystemEpochNanoClock.INSTANCE.nanoTime() + later.toNanos())
            .build();
    open.add(headgate);
    return headgate;
  }

  final void assertVerifies() {
    open.forEach(each -> each.shutdown(Duration.ZERO));
    Verification verification = Verification.of(folder);
    assertThat(verification.mismatch()).isNull();
    assertThat(verification.endedInOrder()).isTrue();
    SnapshotsTest.assertSameFromEach(folder, 7);
  }

  final Admission<String> ask(Headgate headgate, Agent agent, Target target, String question) {
    Task<String> task = Task.of(agent, target, handler.call(question));
    return headgate.job("job-" + crashes, j -> j.deadline(Duration.ofDays(1))).submit(task);
  }

  static Duration refusedFor(Refusal reason, Admission<String> admission) {
    assertThat(admission).isInstanceOf(Refused.class);
    Refused<String> refused = (Refused<String>) admission;
    assertThat(refused.reason()).isEqualTo(reason);
    return refused.retryAfter();
  }

  // Once the dispatcher has heard of all.
  final Admission<String> settled(Headgate headgate, Agent agent, Target target) {
    var _ = headgate.snapshot();
    return ask(headgate, agent, target, "x");
  }

  static List<Fate> fates(Recovery recovery) {
    return recovery.tasks().stream().map(Recovery.RecoveredTask::fate).toList();
  }
}
