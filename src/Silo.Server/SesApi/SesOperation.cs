using System.Text.Json.Serialization.Metadata;

namespace Silo.Server.SesApi;

/// <summary>An operation of the API: where it is called, and what handles it.</summary>
/// <param name="Path">As in the service model, labels in braces, each one whole segment.</param>
/// <param name="Handle">Null for an operation that is known but not available here.</param>
internal sealed record SesOperation(
    string Name, string Method, string Path, Func<SesCall, CancellationToken, ValueTask<SesAnswer>>? Handle = null,
    int MaxBodyBytes = SesOperation.UsualMaxBodyBytes)
{
    /// <summary>Bytes of a request body; SendEmail has its own limit.</summary>
    public const int UsualMaxBodyBytes = 1024 * 1024;

    /// <summary>
    /// How many calls of it may be under way on one silo, 1 to 100; null for one that costs little. Those with such a limit are counted as
    /// costly ones of their key.
    /// </summary>
    public int? MostAtOnce { get; init; }

    /// <summary>How it differs from SES, in a sentence or two for docs/ses-compatibility.md; null where it does not.</summary>
    public string? Deviation { get; init; }

    /// <summary>An operation without body members.</summary>
    public static SesOperation Of(string name, string method, string path, Func<SesCall, CancellationToken, ValueTask<SesAnswer>> handle) =>
        new(name, method, path, handle);

    /// <summary>An operation with a JSON body; an empty body is an empty object.</summary>
    public static SesOperation Of<TRequest>(
        string name, string method, string path, JsonTypeInfo<TRequest> shape,
        Func<SesCall, TRequest, CancellationToken, ValueTask<SesAnswer>> handle, int maxBodyBytes = UsualMaxBodyBytes)
        where TRequest : class =>
        new(name, method, path, (call, cancellationToken) => RequestJson.TryRead(call.Body, shape, out var request, out var error)
            ? handle(call, request, cancellationToken)
            : ValueTask.FromResult<SesAnswer>(error), maxBodyBytes);
}
