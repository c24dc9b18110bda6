package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A disk that fails keeps new work out, and nothing else; it comes back, and nothing is missing.
 */
@Timeout(120)
class FailingDiskTest {
  @TempDir Path folder;

  /** What happens instead of an append, and instead of what comes before it. */
  private final AtomicReference<@Nullable Throwable> append = new AtomicReference<>();

  private final AtomicReference<@Nullable Throwable> add = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> sync = new AtomicReference<>();

  private final class FailingFile extends RecordFile {
    FailingFile(Path folder, long last, boolean sync) {
      super(folder, last, sync);
    }

    @Override
    void add(DirectBuffer record, int offset, int size) {
      fail(add.get());
      super.add(record, offset, size);
    }

    @Override
    void append() {
      fail(append.get());
      super.append();
    }

    @Override
    void force(FileChannel file, boolean metadata) throws IOException {
      fail(sync.get());
      super.force(file, metadata);
    }
  }

  private static void fail(@Nullable Throwable with) {
    switch (with) {
      case null -> {}
      case Error error -> throw error;
      case RuntimeException exception -> throw exception;
      default -> throw new IllegalArgumentException(with);
    }
  }

  private Headgate headgate(Durability durability) {
    return Headgate.builder()
        .journal(
            new ChronicleJournal(
                folder, FolderSettings.DEFAULT.durability(durability), FailingFile::new))
        .build();
  }

  private static Admission<String> submit(Headgate headgate, Job job) {
    Agent agent = headgate.agent("agent");
    Target target = headgate.target("target");
    return job.submit(Task.of(agent, target, _ -> "answer").ephemeral());
  }

  /** Submits until that is refused since the journal is behind. */
  private static void untilBehind(Headgate headgate, Job job, Set<Long> admitted) {
    while (true) {
      switch (submit(headgate, job)) {
        case Refused<String> refused -> {
          if (refused.reason() == Refusal.JOURNAL_BEHIND) {
            return;
          }
        }
        case Admitted<String> handle -> admitted.add(handle.id());
      }
      Thread.onSpinWait();
    }
  }

  private static Admitted<String> admitted(Headgate headgate, Job job) {
    while (true) {
      if (submit(headgate, job) instanceof Admitted<String> handle) {
        return handle;
      }
      Thread.onSpinWait();
    }
  }

  static Stream<Throwable> failures() {
    return Stream.of(
        new IllegalStateException("no disk"),
        new AssertionError("Chronicle's"),
        new InternalError("a fault occurred in an unsafe memory access operation"),
        new OutOfMemoryError("Map failed"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void newWorkIsRefusedDeadlinesFireAndItComesBack(Throwable failure) throws Exception {
    Set<Long> admitted = new HashSet<>();
    try (Headgate headgate = headgate(Durability.ASYNC)) {
      Agent agent = headgate.agent("agent");
      Target slow = headgate.target("slow", t -> t.timeout(Duration.ofMillis(300)));
      Job job = headgate.job("job", j -> j);
      var never = new CountDownLatch(1);
      Admitted<String> late =
          job.submitOrThrow(
              Task.<String>of(
                      agent,
                      slow,
                      _ -> {
                        never.await();
                        return "";
                      })
                  .ephemeral());
      admitted.add(late.id());
      append.set(failure);
      untilBehind(headgate, job, admitted);
      assertThat(late.join()).isInstanceOf(Outcome.TimedOut.class);
      untilBehind(headgate, job, admitted);
      append.set(null);
      Admitted<String> again = admitted(headgate, job);
      admitted.add(again.id());
      assertThat(again.join()).isInstanceOf(Outcome.Completed.class);
    }
    assertThat(tasks()).isEqualTo(admitted);
    Verification found = Verification.of(folder);
    assertThat(found.mismatch()).isNull();
    assertThat(found.endedInOrder()).isTrue();
  }

  @Test
  void whatIsAppendedAndCannotBeSyncedIsNoneThatIsDurable() throws Exception {
    Set<Long> admitted = new HashSet<>();
    try (Headgate headgate = headgate(Durability.SYNC)) {
      Job job = headgate.job("job", j -> j);
      Admitted<String> first = admitted(headgate, job);
      admitted.add(first.id());
      assertThat(first.join()).isInstanceOf(Outcome.Completed.class);
      sync.set(new UncheckedIOException(new IOException("no disk")));
      Admitted<String> waits = admitted(headgate, job);
      admitted.add(waits.id());
      untilBehind(headgate, job, admitted);
      assertThat(waits.durable()).isNotDone();
      assertThat(waits.outcome()).as("its start is not on the disk").isEmpty();
      sync.set(null);
      waits.durable().get(10, TimeUnit.SECONDS);
      assertThat(waits.join()).isInstanceOf(Outcome.Completed.class);
      admitted.add(admitted(headgate, job).id());
    }
    assertThat(tasks()).isEqualTo(admitted);
    assertThat(Verification.of(folder).mismatch()).isNull();
  }

  private Set<Long> tasks() {
    Set<Long> tasks = new HashSet<>();
    Narrator.tell(
        folder,
        happening -> {
          if (happening.kind() == Happening.Kind.TASK_ADMITTED) {
            tasks.add(happening.task());
          }
          return true;
        });
    return tasks;
  }

  @Test
  void aJournalerThatIsAtItsEndKeepsNewWorkOutAndLetsTheFolderGo() throws Exception {
    try (Headgate headgate = headgate(Durability.WRITE_AHEAD)) {
      Job job = headgate.job("job", j -> j);
      assertThat(admitted(headgate, job).join()).isInstanceOf(Outcome.Completed.class);
      add.set(new AssertionError("what nobody foresaw"));
      Set<Long> lost = new HashSet<>();
      untilBehind(headgate, job, lost);
    }
    add.set(null);
    try (Headgate headgate = headgate(Durability.WRITE_AHEAD)) {
      assertThat(admitted(headgate, headgate.job("job", j -> j)).join())
          .isInstanceOf(Outcome.Completed.class);
    }
    Verification found = Verification.of(folder);
    assertThat(found.mismatch()).isNull();
    assertThat(found.runs()).isEqualTo(2);
  }
}
