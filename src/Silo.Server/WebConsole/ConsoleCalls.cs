using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Silo.Server.Access;
using Silo.Server.Events;
using Silo.Server.SesApi;
using Silo.Server.Tenants.Embedded;
using Silo.Server.WebConsole.Sessions;
using Silo.Storage;

namespace Silo.Server.WebConsole;

/// <summary>
/// What pages know and do, they know and do by the operations of the API, called in this process as the key that is signed in: the same
/// rights, the same checks, the same audit record. Nothing here reads a store.
/// </summary>
internal sealed partial class ConsoleCalls(OperationGuard guard, SesServices services, ConsoleSession session, ILogger<ConsoleCalls> log)
{
    /// <summary>A call without a body.</summary>
    /// <param name="labels">The variable segments of the operation's path, in order.</param>
    /// <param name="query">Null values are left out.</param>
    public ValueTask<ConsoleAnswer<TAnswer>> Ask<TAnswer>(
        SesOperation operation, JsonTypeInfo<TAnswer> answer, CancellationToken cancellationToken, string[]? labels = null,
        params (string Name, string? Value)[] query)
        where TAnswer : class =>
        Run(operation, answer, labels ?? [], query, default, cancellationToken);

    /// <summary>A call with a body.</summary>
    public ValueTask<ConsoleAnswer<TAnswer>> Ask<TRequest, TAnswer>(
        SesOperation operation, TRequest request, JsonTypeInfo<TRequest> shape, JsonTypeInfo<TAnswer> answer,
        CancellationToken cancellationToken, string[]? labels = null)
        where TAnswer : class =>
        Run(operation, answer, labels ?? [], [], JsonSerializer.SerializeToUtf8Bytes(request, shape), cancellationToken);

    /// <summary>A call whose answer has no members: null, or what was wrong.</summary>
    public async ValueTask<SesError?> Do<TRequest>(
        SesOperation operation, TRequest request, JsonTypeInfo<TRequest> shape, CancellationToken cancellationToken, string[]? labels = null) =>
        (await Raw(operation, labels ?? [], [], JsonSerializer.SerializeToUtf8Bytes(request, shape), cancellationToken)).Error;

    public async ValueTask<SesError?> Do(
        SesOperation operation, CancellationToken cancellationToken, string[]? labels = null, params (string Name, string? Value)[] query) =>
        (await Raw(operation, labels ?? [], query, default, cancellationToken)).Error;

    private async ValueTask<ConsoleAnswer<TAnswer>> Run<TAnswer>(
        SesOperation operation, JsonTypeInfo<TAnswer> shape, string[] labels, (string Name, string? Value)[] query, ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken)
        where TAnswer : class
    {
        var answer = await Raw(operation, labels, query, body, cancellationToken);
        return answer.Error is { } error
            ? new ConsoleAnswer<TAnswer>(null, error)
            : new ConsoleAnswer<TAnswer>(JsonSerializer.Deserialize(answer.Body.Span, shape), null);
    }

    private async ValueTask<SesAnswer> Raw(
        SesOperation operation, string[] labels, (string Name, string? Value)[] query, ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken)
    {
        var text = string.Join('&', query.Where(q => q.Value is not null).Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value!)}"));
        var call = new SesCall(services, labels, text, body)
        {
            Caller = session.Caller, Origin = new SendOrigin(session.Caller.Address, session.Caller.KeyId), BodySha256 = SHA256.HashData(body.Span),
        };
        try
        {
            return await guard.Run(operation, call, RequestId.New(services.Random), cancellationToken);
        }
        catch (ActorBusyException)
        {
            return SesError.TooManyRequests("Too many calls of this tenant are waiting. Try again later.");
        }
        catch (StorageException e)
        {
            LogFailed(log, e, operation.Name);
            return SesError.Unavailable("The store cannot be reached. Try again.");
        }
    }

    [LoggerMessage(EventId = 4701, Level = LogLevel.Error, Message = "The console could not do {Operation}")]
    private static partial void LogFailed(ILogger logger, Exception failure, string operation);
}

/// <summary>One of the two is there.</summary>
internal readonly record struct ConsoleAnswer<T>(T? Value, SesError? Error)
    where T : class;
