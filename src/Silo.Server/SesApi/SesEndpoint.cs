using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Silo.Server.Access;
using Silo.Server.Events;
using Silo.Server.SesApi.Signing;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.SesApi;

/// <summary>
/// Takes a request through route, signature, body and operation to an answer. Every answer is JSON and carries a request id.
/// </summary>
internal sealed partial class SesEndpoint(
    SesRouter router, SignatureVerifier verifier, BodyBudget budget, OperationGuard guard, SesServices services, ILogger<SesEndpoint> log)
{
    public async Task Handle(HttpContext context)
    {
        var requestId = RequestId.Give(context.Response, services.Random);
        try
        {
            await ResponseWriter.Write(context.Response, await Answer(context, requestId), context.RequestAborted);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; nobody is there to be told.
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            await ResponseWriter.Write(context.Response, ErrorOf(failure, requestId), context.RequestAborted);
        }
    }

    private SesError ErrorOf(Exception failure, string requestId)
    {
        switch (failure)
        {
            case BadHttpRequestException:
                LogBrokenRequest(log, failure, requestId);
                return SesError.BadRequest("The request body could not be read.");
            case ActorBusyException:
                return SesError.TooManyRequests("Too many calls of this tenant are waiting. Try again later.");
            case StorageException:
                LogFailed(log, failure, requestId);
                return SesError.Unavailable("The store cannot be reached. Try again.");
            default:
                LogFailed(log, failure, requestId);
                return SesError.Internal;
        }
    }

    private async ValueTask<SesAnswer> Answer(HttpContext context, string requestId)
    {
        var request = context.Request;
        var target = RequestTarget.Of(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var route = router.Find(request.Method, target.Path);

        // Strangers learn nothing but that they are strangers: the signature comes before what is wrong with the path.
        var key = await verifier.FindKey(request.Headers, context.RequestAborted);
        var check = verifier.Check(request.Method, target, request.Headers, key, []);
        if (check.Error is not null) return check.Error;

        using var body = new RequestBody(budget);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        var maxBytes = route.Operation?.MaxBodyBytes ?? SesOperation.UsualMaxBodyBytes;
        if (await body.Read(request.BodyReader, request.ContentLength, maxBytes, context.RequestAborted) is { } unread) return unread;
        if (check.NeedsBodyFirst) check = verifier.Check(request.Method, target, request.Headers, key, body.Sha256);
        else if (!DeclaredHashMatches(request.Headers, body.Sha256)) return SesError.SignatureMismatch;

        if (check.Error is not null) return check.Error;
        if (check.Key is null) return SesError.SignatureMismatch;
        if (route.Operation is not { } operation) return route.Error!;
        var address = AddressOf(context.Connection.RemoteIpAddress);
        var call = new SesCall(services, route.Labels, target.Query, body.Bytes)
        {
            Origin = new SendOrigin(address, check.Key.Id), Caller = new Caller(check.Key, address),
        };
        return await guard.Run(operation, call, requestId, context.RequestAborted);
    }

    private static string? AddressOf(IPAddress? ip) => ip is { IsIPv4MappedToIPv6: true } ? ip.MapToIPv4().ToString() : ip?.ToString();

    private static bool DeclaredHashMatches(IHeaderDictionary headers, ReadOnlySpan<byte> bodyHash)
    {
        Span<char> hex = stackalloc char[SHA256.HashSizeInBytes * 2];
        Convert.TryToHexStringLower(bodyHash, hex, out _);
        ReadOnlySpan<char> declared = headers["x-amz-content-sha256"][0];
        return declared.SequenceEqual(hex);
    }

    [LoggerMessage(EventId = 4001, Level = LogLevel.Error, Message = "Request {RequestId} failed")]
    private static partial void LogFailed(ILogger logger, Exception failure, string requestId);

    [LoggerMessage(EventId = 4002, Level = LogLevel.Debug, Message = "Request {RequestId} broke off")]
    private static partial void LogBrokenRequest(ILogger logger, Exception broken, string requestId);
}
