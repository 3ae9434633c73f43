using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Silo.Core.Messages;
using Silo.Server.Intake;

namespace Silo.Server.SesApi.Operations.Sending;

/// <summary>Custom headers of simple and template content (SES structure MessageHeader; SES developer guide, header-fields).</summary>
internal static class MessageHeaders
{
    private static readonly FrozenSet<string> Disallowed = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "BCC", "CC", "Content-Disposition", "Content-Type", "Date", "From", "Message-ID", "MIME-Version",
        "Reply-To", "Return-Path", "Subject", "To");

    private static readonly FrozenSet<string> OnceOnly = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "Sender", "References", "In-Reply-To", "Content-Transfer-Encoding", "List-Unsubscribe",
        "List-Unsubscribe-Post", "List-Id", "DKIM-Signature");

    private static readonly SearchValues<char> Printable = SearchValues.Create(
        [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    public static IReadOnlyList<SendHeader> Check(IReadOnlyList<MessageHeader?>? headers, string path, MemberChecks checks)
    {
        if (headers is null || headers.Count == 0 || !checks.Items(headers, path, MessageLimits.MaxCustomHeaders)) return [];
        var result = new SendHeader[headers.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var (name, value) = headers[i]!;
            if (!IsName(name))
            {
                checks.Fail(
                    $"{path}[{i}].Name must have 1 to {MessageLimits.MaxHeaderNameCharacters} printable ASCII characters without blank and colon");
            }
            else if (Disallowed.Contains(name)) checks.Fail($"{path}[{i}].Name {name} is set by the service and must not be given");
            if (value is not { Length: > 0 and <= MessageLimits.MaxHeaderValueCharacters } || value.AsSpan().ContainsAnyExcept(Printable))
                checks.Fail($"{path}[{i}].Value must have 1 to {MessageLimits.MaxHeaderValueCharacters} printable ASCII characters");
            else if (name?.Length + value.Length > MessageLimits.MaxHeaderNameAndValueCharacters)
                checks.Fail($"{path}[{i}] must have at most {MessageLimits.MaxHeaderNameAndValueCharacters} characters in name and value");
            result[i] = new SendHeader(name ?? "", value ?? "");
        }

        CheckOnce(result, path, checks);
        return result;
    }

    private static bool IsName([NotNullWhen(true)] string? name) => name is { Length: > 0 and <= MessageLimits.MaxHeaderNameCharacters }
        && !name.AsSpan().ContainsAnyExcept(Printable) && !name.AsSpan().ContainsAny(' ', ':');

    private static void CheckOnce(SendHeader[] headers, string path, MemberChecks checks)
    {
        for (var i = 1; i < headers.Length; i++)
        {
            if (!OnceOnly.Contains(headers[i].Name)) continue;
            for (var j = 0; j < i; j++)
            {
                if (!headers[j].Name.Equals(headers[i].Name, StringComparison.OrdinalIgnoreCase)) continue;
                checks.Fail($"{path}[{i}].Name {headers[i].Name} must be given only once");
                break;
            }
        }
    }
}
