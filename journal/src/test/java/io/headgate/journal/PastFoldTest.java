package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Codec;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Headgate;
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
