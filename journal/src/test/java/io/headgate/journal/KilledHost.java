package io.headgate.journal;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.BreakerPolicy;
import io.headgate.Codec;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Journal;
import io.headgate.Recovery;
import io.headgate.Target;
import io.headgate.Task;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A host that is killed, and takes up what it left the next time: it says what it was told, and
 * which calls it made, in files of its own.
 */
final class KilledHost {
  static final String ONCE = "once-";
  static final String AGAIN = "again-";
  static final String PURSE = "purse-";
  static final long PURSE_TOKENS = 4_000;
  static final long CALL_TOKENS = 20;

  private static final long HOURS_IN_SECONDS = 7_200;

  private final FileOutputStream acknowledged;
  private final FileOutputStream called;
  private final FileOutputStream firstAdmission;
  private final AtomicLong callsLeft;
  private long startNs;
  private boolean hasAdmitted;

  // No channels: an interrupt, of a call whose job is closed, would close them.
  private KilledHost(Path said, long calls) throws IOException {
    acknowledged = new FileOutputStream(said.resolve("acknowledged").toFile(), true);
    called = new FileOutputStream(said.resolve("called").toFile(), true);
    firstAdmission = new FileOutputStream(said.resolve("first-admission-ms").toFile(), true);
    say(
        new FileOutputStream(said.resolve("pid").toFile(), true),
        Long.toString(ProcessHandle.current().pid()));
    callsLeft = new AtomicLong(calls);
  }

  /**
   * Its journal's folder; where it says what it does; at which call it halts, 0 for none, -1 if it
   * is only to end what others have begun.
   */
  public static void main(String[] arguments) throws Exception {
    long calls = Long.parseLong(arguments[2]);
    Path folder = Path.of(arguments[0]);
    boolean changes = Boolean.getBoolean("headgate.kill.changes");
    new KilledHost(Path.of(arguments[1]), calls)
        .run(
            changes ? changing(folder) : FolderJournal.in(folder, Durability.WRITE_AHEAD),
            calls < 0);
  }

  // Half a second is an hour, snapshots are frequent, and little is kept.
  private static Journal changing(Path folder) {
    long startMs = System.currentTimeMillis();
    return new ChronicleJournal(
        folder,
        FolderSettings.DEFAULT
            .durability(Durability.WRITE_AHEAD)
            .snapshotEvery(Duration.ofSeconds(1))
            .keep(Duration.ofDays(1), 1 << 20),
        (in, last, sync) ->
            new RecordFile(
                in,
                last,
                sync,
                () -> startMs + (System.currentTimeMillis() - startMs) * HOURS_IN_SECONDS));
  }

  private int work(String name, boolean fails) throws ConnectException {
    say(called, name);
    if (callsLeft.decrementAndGet() == 0) {
      Runtime.getRuntime().halt(9);
    }
    if (fails && ThreadLocalRandom.current().nextInt(20) == 0) {
      throw new ConnectException();
    }
    return 1;
  }

  private void run(Journal journal, boolean onlyToEnd) throws Exception {
    startNs = System.nanoTime();
    Handler<String, Integer> once =
        Handler.of("once", Codec.UTF_8, (_, name) -> work(name, false))
            .payload(Handler.Payload.FULL)
            .inDoubt(Handler.InDoubt.END);
    Handler<String, Integer> again =
        Handler.of("again", Codec.UTF_8, (_, name) -> work(name, name.startsWith(AGAIN)))
            .payload(Handler.Payload.FULL)
            .idempotent(true);
    try (Headgate headgate =
        Headgate.builder().maxInFlight(32).journal(journal).handler(once).handler(again).build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "target", t -> t.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF));
      Recovery recovery = headgate.recover();
      Job purse =
          headgate.job("purse", j -> j.tokenBudget(PURSE_TOKENS).deadline(Duration.ofHours(1)));
      if (!onlyToEnd) {
        storm(headgate, purse, agent, target, once, again);
      }
      for (Recovery.RecoveredTask each : recovery.tasks()) {
        if (each.handle().isPresent()) {
          var _ = each.handle().get().join();
        }
      }
    }
  }

  private void storm(
      Headgate headgate,
      Job purse,
      Agent agent,
      Target target,
      Handler<String, Integer> once,
      Handler<String, Integer> again)
      throws InterruptedException {
    String run = Long.toString(System.nanoTime(), 36);
    for (int i = 0; ; i++) {
      String name = run + "-" + i;
      submit(purse, agent, target, again, PURSE + name);
      Admitted<Integer> last = null;
      try (Job job = headgate.job("job-" + name, j -> j.deadline(Duration.ofHours(1)))) {
        for (int call = 0; call < 8; call++) {
          boolean second = call % 2 == 0;
          Admitted<Integer> handle =
              second
                  ? submit(job, agent, target, again, AGAIN + name + "-" + call)
                  : submit(job, agent, target, once, ONCE + name + "-" + call);
          last = handle == null ? last : handle;
        }
        if (last != null) {
          var _ = last.join();
        }
      }
    }
  }

  private Admitted<Integer> submit(
      Job job, Agent agent, Target target, Handler<String, Integer> handler, String name) {
    Task<Integer> task = Task.of(agent, target, Estimate.of(10, 10), handler.call(name));
    Admission<Integer> admission = job.submit(task);
    if (!(admission instanceof Admitted<Integer> handle)) {
      return null;
    }
    if (!hasAdmitted) {
      hasAdmitted = true;
      say(firstAdmission, Long.toString((System.nanoTime() - startNs) / 1_000_000));
    }
    var _ = handle.durable().thenRun(() -> say(acknowledged, name));
    return handle;
  }

  private static void say(FileOutputStream to, String name) {
    try {
      to.write((name + "\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
