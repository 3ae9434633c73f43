using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>One call of the SES v2 API.</summary>
/// <param name="Path">Below /v2/email/, labels as {0}, {1} …</param>
/// <param name="Labels">Not escaped.</param>
internal sealed record ApiCall(string Method, string Path, params IReadOnlyList<string> Labels)
{
    public JsonObject? Body { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    /// <summary>Of a list: as many as the operation allows.</summary>
    public int PageSize { get; init; } = 100;

    public static ApiCall Get(string path, params IReadOnlyList<string> labels) => new("GET", path, labels);

    public static ApiCall Post(string path, JsonObject body, params IReadOnlyList<string> labels) => new("POST", path, labels) { Body = body };

    public static ApiCall Put(string path, JsonObject body, params IReadOnlyList<string> labels) => new("PUT", path, labels) { Body = body };
}

/// <summary>The account cannot be read or written at all: no way to it, or it refuses these keys.</summary>
internal sealed class ImportException(string message, Exception? inner = null) : Exception(message, inner);
