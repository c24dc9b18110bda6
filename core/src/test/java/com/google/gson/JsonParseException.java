package com.google.gson;

import org.jspecify.annotations.Nullable;

/** Stands for Gson's own, which is no dependency. */
@SuppressWarnings("serial") // nobody writes it
public class JsonParseException extends RuntimeException {
  /** With its cause, or none. */
  public JsonParseException(@Nullable Throwable cause) {
    super("malformed", cause);
  }
}
