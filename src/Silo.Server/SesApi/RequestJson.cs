using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Silo.Server.SesApi;

/// <summary>
/// Reads a request body. Members that are not known are ignored, as SES does with those of newer SDKs; broken JSON and wrong types
/// are refused with the member's path.
/// </summary>
internal static class RequestJson
{
    public static bool TryRead<T>(
        ReadOnlyMemory<byte> body, JsonTypeInfo<T> shape, [NotNullWhen(true)] out T? request, [NotNullWhen(false)] out SesError? error)
        where T : class
    {
        error = null;
        try
        {
            request = JsonSerializer.Deserialize(body.IsEmpty ? "{}"u8 : body.Span, shape);
            if (request is not null) return true;
            error = SesError.Serialization("The request body must be a JSON object.");
        }
        catch (JsonException broken)
        {
            request = null;
            error = Explain(broken);
        }

        return false;
    }

    private static SesError Explain(JsonException broken)
    {
        var member = MemberOf(broken.Path);
        return broken.InnerException switch
        {
            // The reader's own: not JSON at all.
            JsonException => SesError.Serialization(
                $"The request body is not valid JSON at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}."),
            FormatException when member.Length > 0 => SesError.BadRequest($"1 validation error detected: {member} is not in its format"),
            null when broken.Message.Contains("could not be mapped", StringComparison.Ordinal) =>
                SesError.BadRequest($"1 validation error detected: {member} is not a member of this request"),
            _ when member.Length > 0 => SesError.Serialization($"{member} has a value of the wrong type."),
            _ => SesError.Serialization("The request body must be a JSON object."),
        };
    }

    // "$.Content.Simple.Attachments[2].RawContent" becomes the member as SDKs name it. Odd keys stand in the path as ['…'].
    private static string MemberOf(string? path) => path switch
    {
        null or "$" => "",
        _ when path.StartsWith("$.", StringComparison.Ordinal) => MemberChecks.Shown(path[2..]),
        _ => MemberChecks.Shown(path.TrimStart('$')),
    };
}
