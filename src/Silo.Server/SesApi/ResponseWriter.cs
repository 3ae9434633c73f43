using System.Globalization;
using System.Text.Json;

namespace Silo.Server.SesApi;

/// <summary>Writes answers and errors in the shape of REST-JSON 1.</summary>
internal static class ResponseWriter
{
    public static async ValueTask Write(HttpResponse response, SesAnswer answer, CancellationToken cancellationToken)
    {
        var body = answer.Error is null ? answer.Body : ErrorBody(answer.Error);
        response.StatusCode = answer.Error?.Status ?? StatusCodes.Status200OK;
        response.ContentType = answer.ContentType ?? "application/json";
        if (answer.NextToken is { } next) response.Headers["silo-next-token"] = next;
        response.ContentLength = body.Length;
        if (answer.Error is { } error)
        {
            response.Headers["x-amzn-ErrorType"] = error.Code;
            if (error.RetryAfterSeconds is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (!HttpMethods.IsHead(response.HttpContext.Request.Method)) await response.Body.WriteAsync(body, cancellationToken);
    }

    private static byte[] ErrorBody(SesError error) =>
        JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(error.Message), SesJson.Default.ErrorBody);
}

internal sealed record ErrorBody([property: System.Text.Json.Serialization.JsonPropertyName("message")] string Message);
