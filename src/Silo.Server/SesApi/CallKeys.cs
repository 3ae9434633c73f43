using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Silo.Core.Messages;
using Silo.Server.Intake.Repeats;
using Silo.Storage;

namespace Silo.Server.SesApi;

/// <summary>
/// Reads what a request says of its own repetition: <c>Idempotency-Key</c>, else what AWS SDKs send, <c>amz-sdk-invocation-id</c>, which
/// stays the same over the retries of a call, and <c>amz-sdk-request</c>, which counts them.
/// </summary>
internal static class CallKeys
{
    public const string KeyHeader = "Idempotency-Key";
    public const int MaxKeyCharacters = 256;

    private const string InvocationHeader = "amz-sdk-invocation-id";
    private const string AttemptHeader = "amz-sdk-request";

    /// <summary>Null without a key, and when a check failed.</summary>
    /// <param name="operation">A key counts within its operation and the credential.</param>
    public static CallKey? Read(SesCall call, string operation, MemberChecks checks)
    {
        if (call.Headers is not { } headers) return null;
        if (headers.TryGetValue(KeyHeader, out var keys))
        {
            if (keys is not [{ Length: > 0 and <= MaxKeyCharacters } key] || key.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                checks.Fail($"{KeyHeader} must be given once and have 1 to {MaxKeyCharacters} characters of printable ASCII");
                return null;
            }

            var ofKey = Digest("key", call.Caller.KeyId, operation, key, []);
            return new CallKey(new SendKey(ofKey, Content(call, headers)), LookFirst: true) { Name = key };
        }

        if (headers[InvocationHeader] is not [{ } id] || !Guid.TryParseExact(id, "D", out _)) return null;
        if (AttemptOf(headers[AttemptHeader]) is not { } attempt) return null;
        // The content is part of the key: a client that sends one id with everything loses nothing by it.
        var ofCall = Digest("invocation", call.Caller.KeyId, operation, id, call.BodySha256.Span);
        return new CallKey(new SendKey(ofCall, 0), LookFirst: attempt > 1);
    }

    /// <summary>"attempt=2; max=3": 2. Null when it says none.</summary>
    private static int? AttemptOf(string? header)
    {
        foreach (var part in (header ?? "").Split(';', StringSplitOptions.TrimEntries))
        {
            if (!part.StartsWith("attempt=", StringComparison.OrdinalIgnoreCase)) continue;
            if (int.TryParse(part.AsSpan("attempt=".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) && attempt > 0)
                return attempt;
        }

        return null;
    }

    private static UInt128 Content(SesCall call, IHeaderDictionary headers)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CanonicalJson.Append(hash, call.Body);
        // Part of what is sent, though not of the body.
        Append(hash, headers[SendSchedule.Header].ToString());
        return First(hash);
    }

    private static UInt128 Digest(string kind, string keyId, string operation, string key, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in new[] { kind, keyId, operation, key }) Append(hash, text);
        hash.AppendData(content);
        return First(hash);
    }

    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    private static UInt128 First(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }
}
