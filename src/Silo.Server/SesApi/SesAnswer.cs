using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Silo.Server.SesApi;

/// <summary>What an operation answers: an error, or 200 with a JSON body.</summary>
internal readonly record struct SesAnswer(SesError? Error, ReadOnlyMemory<byte> Body)
{
    private static readonly byte[] EmptyObject = "{}"u8.ToArray();

    /// <summary>For operations whose answer has no members.</summary>
    public static SesAnswer Empty { get; } = new(null, EmptyObject);

    /// <summary>Null for JSON.</summary>
    public string? ContentType { get; private init; }

    public string? NextToken { get; private init; }

    public static SesAnswer Json<T>(T value, JsonTypeInfo<T> shape) => new(null, JsonSerializer.SerializeToUtf8Bytes(value, shape));

    /// <summary>Rows of text for a spreadsheet.</summary>
    /// <param name="nextToken">Told in the header silo-next-token, since the rows have no place for it.</param>
    public static SesAnswer Csv(ReadOnlyMemory<byte> rows, string? nextToken) => new(null, rows) { ContentType = "text/csv", NextToken = nextToken };

    public static implicit operator SesAnswer(SesError error) => new(error, default);
}
