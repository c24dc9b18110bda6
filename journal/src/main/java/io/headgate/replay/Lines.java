package io.headgate.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headgate.journal.Happening;
import io.headgate.journal.Happening.Kind;
import java.io.UncheckedIOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Happenings as lines, for people and for programs. */
final class Lines {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final Set<String> TIMES = Set.of("waited", "took", "ran", "retryAfter");
  private static final Set<String> MONEY = Set.of("money", "wastedMoney");

  private Lines() {}

  /** As a person reads it; the time of day is UTC's. */
  static String text(Happening happening) {
    StringBuilder line = new StringBuilder(160);
    line.append(TIME.format(happening.at())).append("  ");
    line.append(String.format(Locale.ROOT, "%-16s", name(happening.kind())));
    add(line, "job", happening.job());
    add(line, "task", happening.task() < 0 ? null : happening.task());
    add(line, "agent", happening.agent());
    add(line, "target", happening.target());
    happening.more().forEach((key, value) -> add(line, key, shown(key, value)));
    return line.toString();
  }

  static String name(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static void add(StringBuilder line, String key, @Nullable Object value) {
    if (value != null) {
      line.append(' ').append(key).append('=').append(plain(value.toString()));
    }
  }

  /** With its unit, if it has one. */
  static @Nullable Object shown(String key, @Nullable Object value) {
    if (value instanceof Long number) {
      if (TIMES.contains(key)) {
        return duration(number);
      }
      if (MONEY.contains(key)) {
        return dollars(number);
      }
    }
    return value;
  }

  /** What an operator said, without who and why: such as {@code pause agent crawler for PT5M}. */
  static String word(Happening said) {
    Map<String, Object> more = said.more();
    Object change = more.get("change");
    return more.get("word")
        + " "
        + more.get("about")
        + ("none".equals(change) ? "" : " " + change)
        + (Boolean.TRUE.equals(more.get("done")) ? "" : " (in vain)");
  }

  /** Such as {@code 12.345ms}: three places of the unit that fits. */
  static String duration(long ns) {
    long size = Math.abs(ns);
    if (size >= 1_000_000_000L) {
      return String.format(Locale.ROOT, "%.3fs", ns / 1e9);
    }
    if (size >= 1_000_000L) {
      return String.format(Locale.ROOT, "%.3fms", ns / 1e6);
    }
    return String.format(Locale.ROOT, "%.3fus", ns / 1e3);
  }

  static String dollars(long nanos) {
    return String.format(Locale.ROOT, "$%.6f", nanos / 1e9);
  }

  static String json(Happening happening) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("record", happening.record());
    all.put("at", happening.at().toString());
    all.put("kind", happening.kind().name());
    put(all, "job", happening.job());
    put(all, "task", happening.task() < 0 ? null : happening.task());
    put(all, "agent", happening.agent());
    put(all, "target", happening.target());
    happening.more().forEach((key, value) -> all.put(key, plain(value)));
    return json(all);
  }

  /** What can be written so already, in a line. */
  static String json(Map<String, ? extends @Nullable Object> all) {
    try {
      return MAPPER.writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * On one line, and nothing that a terminal takes for an order: what people wrote may have any.
   */
  static String plain(String text) {
    if (text.chars().noneMatch(Character::isISOControl)) {
      return text;
    }
    var plain = new StringBuilder(text.length());
    text.chars()
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                plain.append(String.format(Locale.ROOT, "\\u%04x", c));
              } else {
                plain.append((char) c);
              }
            });
    return plain.toString();
  }

  private static void put(Map<String, Object> all, String key, @Nullable Object value) {
    if (value != null) {
      all.put(key, value);
    }
  }

  private static Object plain(Object value) {
    return value instanceof Number || value instanceof Boolean ? value : value.toString();
  }
}
