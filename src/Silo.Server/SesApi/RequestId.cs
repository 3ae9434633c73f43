using System.Security.Cryptography;

namespace Silo.Server.SesApi;

/// <summary>What SDKs show as the request id of an answer, and what the log calls it by.</summary>
internal static class RequestId
{
    public static string Give(HttpResponse response, RandomNumberGenerator random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.GetBytes(bytes);
        var id = new Guid(bytes).ToString("D");
        response.Headers["x-amzn-RequestId"] = id;
        return id;
    }
}
