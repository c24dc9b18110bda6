package io.headgate.journal;

import io.headgate.Recovery;
import io.headgate.journal.sbe.AttemptStartedDecoder;
import io.headgate.journal.sbe.CallKeptDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.RunStartedDecoder;
import io.headgate.journal.sbe.TaskEndedDecoder;
import io.headgate.journal.sbe.TaskRecoveredDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What a journal says of handlers' calls, by their arguments. */
final class Kept {
  final Set<String> admitted = new HashSet<>();
  final Set<String> started = new HashSet<>();
  final Set<String> ended = new HashSet<>();

  /** Whose call may have been made, and is not made again. */
  final Set<String> inDoubt = new HashSet<>();

  int runs;

  /** And what that one says. */
  void add(Kept other) {
    admitted.addAll(other.admitted);
    started.addAll(other.started);
    ended.addAll(other.ended);
    inDoubt.addAll(other.inDoubt);
    runs = Math.max(runs, other.runs);
  }

  static Kept of(Path folder) {
    return of(folder, new HashMap<>());
  }

  /**
   * The same, if some of what was written before is deleted.
   *
   * @param byOrigin the arguments of tasks, which are added to
   */
  static Kept of(Path folder, Map<String, String> byOrigin) {
    var kept = new Kept();
    var header = new MessageHeaderDecoder();
    Map<Long, String> byTask = new HashMap<>();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.next()) {
        header.wrap(reader.buffer(), reader.offset());
        switch (header.templateId()) {
          case RunStartedDecoder.TEMPLATE_ID -> {
            kept.runs++;
            byTask.clear();
          }
          case CallKeptDecoder.TEMPLATE_ID -> {
            var call = new CallKeptDecoder();
            call.wrapAndApplyHeader(reader.buffer(), reader.offset(), header);
            String _ = call.handler();
            byte[] payload = new byte[call.payloadLength()];
            int _ = call.getPayload(payload, 0, payload.length);
            String name = new String(payload, StandardCharsets.US_ASCII);
            byTask.put(call.task(), name);
            byOrigin.put(call.run() + "/" + call.ofTask(), name);
            kept.admitted.add(name);
          }
          case AttemptStartedDecoder.TEMPLATE_ID -> {
            var start = new AttemptStartedDecoder();
            start.wrapAndApplyHeader(reader.buffer(), reader.offset(), header);
            kept.started.add(byTask.get(start.task()));
          }
          case TaskEndedDecoder.TEMPLATE_ID -> {
            var end = new TaskEndedDecoder();
            end.wrapAndApplyHeader(reader.buffer(), reader.offset(), header);
            kept.ended.add(byTask.get(end.task()));
          }
          case TaskRecoveredDecoder.TEMPLATE_ID -> {
            var recovered = new TaskRecoveredDecoder();
            recovered.wrapAndApplyHeader(reader.buffer(), reader.offset(), header);
            if (Recovery.Fate.values()[recovered.fate()] == Recovery.Fate.IN_DOUBT) {
              kept.inDoubt.add(byOrigin.get(recovered.run() + "/" + recovered.task()));
            }
          }
          default -> {}
        }
      }
    }
    return kept;
  }
}
