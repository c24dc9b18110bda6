package io.headgate.journal;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Another policy than the one on record: settings by the names of their components, such as {@code
 * target.gpt-large.retry.maxAttempts=1}; {@code *} stands for all ids. One thread: it keeps in mind
 * for whom there was something to change.
 */
public final class Policy {
  private static final List<SettingsKind> KINDS =
      List.of(SettingsKind.HEADGATE, SettingsKind.AGENT, SettingsKind.TARGET, SettingsKind.JOB);
  private static final String ALL = "*";
  private static final int MAX_NAMED = 20;

  private record Setting(
      String typed, SettingsKind kind, String id, List<String> path, JsonNode value) {
    boolean isFor(SettingsKind kind, String id) {
      return this.kind == kind && (this.id.equals(ALL) || this.id.equals(id));
    }
  }

  private final List<Setting> settings;
  private final Set<Setting> used = new LinkedHashSet<>();
  private final Set<String> agents = new TreeSet<>();
  private final Set<String> targets = new TreeSet<>();

  private Policy(List<Setting> settings) {
    this.settings = settings;
  }

  /**
   * What was typed.
   *
   * @throws IllegalArgumentException that names what is none, and those that there are
   */
  public static Policy of(List<String> typed) {
    return new Policy(typed.stream().map(Policy::setting).toList());
  }

  private static Setting setting(String typed) {
    int equals = typed.indexOf('=');
    List<String> parts =
        List.of((equals < 0 ? typed : typed.substring(0, equals)).split("\\.", -1));
    SettingsKind kind = kind(parts.getFirst());
    if (equals < 0 || kind == null) {
      throw new IllegalArgumentException(
          typed
              + " sets nothing; write headgate.SETTING=VALUE, or agent.ID.SETTING=VALUE, or the"
              + " same with target or job, and * as an ID for all");
    }
    JsonNode defaults = SettingsJson.defaults(kind);
    // An id may have dots too.
    int first = kind == SettingsKind.HEADGATE ? 1 : 2;
    int last = kind == SettingsKind.HEADGATE ? 1 : parts.size() - 1;
    for (int from = first; from <= last; from++) {
      List<String> path = parts.subList(from, parts.size());
      JsonNode was = defaults.at("/" + String.join("/", path));
      if (!path.isEmpty() && !was.isMissingNode()) {
        JsonNode value = value(typed, was, typed.substring(equals + 1));
        return new Setting(typed, kind, String.join(".", parts.subList(1, from)), path, value);
      }
    }
    throw new IllegalArgumentException(
        typed
            + " names no setting of a "
            + name(kind)
            + "; there are "
            + names("", defaults).stream().collect(Collectors.joining(", ")));
  }

  private static @Nullable SettingsKind kind(String name) {
    return KINDS.stream().filter(kind -> name(kind).equals(name)).findFirst().orElse(null);
  }

  private static String name(SettingsKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static JsonNode value(String typed, JsonNode was, String text) {
    JsonNode value = SettingsJson.value(text);
    if (was.isContainerNode() ? was.getNodeType() == value.getNodeType() : fits(was, value)) {
      return value;
    }
    throw new IllegalArgumentException(
        typed
            + " has no value that fits; it is usually "
            + was
            + ", and must be "
            + switch (was.getNodeType()) {
              case NUMBER -> was.isIntegralNumber() ? "a whole number" : "a number";
              case BOOLEAN -> "true or false";
              case ARRAY -> "a list in JSON";
              case OBJECT -> "an object in JSON, or name one of its components";
              default -> "a text such as that";
            });
  }

  private static boolean fits(JsonNode was, JsonNode value) {
    return was.isIntegralNumber()
        ? value.isIntegralNumber()
        : was.getNodeType() == value.getNodeType();
  }

  private static List<String> names(String prefix, JsonNode settings) {
    List<String> names = new ArrayList<>();
    settings
        .properties()
        .forEach(
            each -> {
              if (each.getValue().isObject()) {
                names.addAll(names(prefix + each.getKey() + ".", each.getValue()));
              } else {
                names.add(prefix + each.getKey());
              }
            });
    return names;
  }

  /**
   * Those settings under this policy.
   *
   * @param id of whose they are; any for Headgate's
   * @throws IllegalArgumentException if they cannot be
   */
  <S extends Record> S applied(S of, String id) {
    SettingsKind kind = SettingsKind.of(of);
    if (kind == SettingsKind.AGENT) {
      agents.add(id);
    } else if (kind == SettingsKind.TARGET) {
      targets.add(id);
    }
    S changed = of;
    for (Setting each : settings) {
      if (each.isFor(kind, kind == SettingsKind.HEADGATE ? "" : id)) {
        used.add(each);
        changed = with(changed, each);
      }
    }
    return changed;
  }

  private static <S extends Record> S with(S settings, Setting to) {
    try {
      return SettingsJson.with(settings, to.path, to.value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(to.typed + " cannot be: " + e.getMessage(), e);
    }
  }

  /**
   * Says so if there was nobody whose setting that is.
   *
   * @throws IllegalArgumentException that names who there was
   */
  public void checkUsed() {
    for (Setting each : settings) {
      if (!used.contains(each)) {
        Set<String> there =
            each.kind == SettingsKind.AGENT
                ? agents
                : each.kind == SettingsKind.TARGET ? targets : Set.of();
        throw new IllegalArgumentException(
            each.typed
                + " changes nothing: the journal has no "
                + name(each.kind)
                + " "
                + each.id
                + (there.isEmpty()
                    ? ""
                    : "; there are "
                        + there.stream().limit(MAX_NAMED).collect(Collectors.joining(", "))));
      }
    }
  }

  @Override
  public String toString() {
    return settings.isEmpty()
        ? "the same policy"
        : settings.stream().map(Setting::typed).collect(Collectors.joining(", "));
  }
}
