package io.headgate.journal;

import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.By;
import io.headgate.Codec;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.Outcome;
import io.headgate.ParkPolicy;
import io.headgate.Task;
import io.headgate.journal.sbe.AttemptEndedDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.recovery.Past;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is known after some record, as if the process had died there. */
@Timeout(60)
class PastFoldTest {
  @TempDir Path folder;

  @Test
  void anAttemptThatAnsweredIsItsTasksEndThoughThatIsNotWrittenYet() throws Exception {
    Handler<String, String> ask =
        Handler.of("ask", Codec.UTF_8, (_, question) -> question).payload(Handler.Payload.FULL);
    try (Headgate headgate =
        Headgate.builder().journal(FolderJournal.in(folder)).handler(ask).build()) {
      var agent = headgate.agent("agent");
      var target = headgate.target("target");
      var _ =
          headgate
              .job("job", j -> j)
              .submitOrThrow(Task.of(agent, target, Estimate.of(3, 4), ask.call("why?")))
              .join();
    }
    long answered = firstOf(AttemptEndedDecoder.TEMPLATE_ID);
    assertThat(after(answered - 1).tasks()).hasSize(1).allMatch(Past.PastTask::isInFlight);
    assertThat(after(answered).tasks()).isEmpty();
    assertThat(after(answered).jobs().getFirst().carried().tokens()).isEqualTo(7);
  }

  /** A crash between what is said of it and its end must not make an approval of a refusal. */
  @Test
  void whatWasDeclinedWasNeverLetGo() throws Exception {
    Handler<String, String> ask =
        Handler.of("ask", Codec.UTF_8, (_, question) -> question).payload(Handler.Payload.FULL);
    try (Headgate headgate =
        Headgate.builder().journal(FolderJournal.in(folder)).handler(ask).build()) {
      var agent = headgate.agent("agent");
      var target =
          headgate.target(
              "target",
              t -> t.park(ParkPolicy.always().then(ParkPolicy.Action.REFUSE, ofHours(1))));
      var handle = headgate.job("job", j -> j).submitOrThrow(Task.of(agent, target, ask.call("x")));
      long id = headgate.operator().parked().getFirst().taskId();
      var _ = headgate.operator().refuse(id, new By("me", "no"));
      assertThat(handle.join()).isInstanceOf(Outcome.Cancelled.class);
    }
    boolean wasParked = false;
    for (long at = 1; at <= JournalReader.lastSequence(folder); at++) {
      for (Past.PastTask each : after(at).tasks()) {
        assertThat(each.wasAsked()).as("after record " + at).isFalse();
        wasParked |= each.parkedNs() != 0;
      }
    }
    assertThat(wasParked).isTrue();
  }

  private long firstOf(int template) {
    var header = new MessageHeaderDecoder();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.next()) {
        header.wrap(reader.buffer(), reader.offset());
        if (header.templateId() == template) {
          return reader.sequence();
        }
      }
    }
    throw new AssertionError("there is none");
  }

  private Past after(long last) {
    var fold = new PastFold();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.sequence() < last && reader.next()) {
        fold.apply(reader.buffer(), reader.offset());
      }
    }
    return fold.past();
  }
}
