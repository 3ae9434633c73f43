using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace Silo.Server.Delivery.Ses;

/// <summary>Signs calls with the AWS SDK's signer (Signature Version 4, service "ses").</summary>
internal sealed class SesSigner(SesPlace place, TimeProvider time)
{
    private readonly AWS4Signer _signer = new();
    private readonly SesClientConfig _config = new() { AuthenticationServiceName = "ses", AuthenticationRegion = place.Region };

    /// <param name="path">Without a query; labels stand in it as {0}, {1} …</param>
    /// <param name="labels">Their values, not escaped.</param>
    /// <param name="query">Names and values, not escaped, each name once.</param>
    /// <param name="bodySha256">The hash of the body, in lower-case hex.</param>
    public void Sign(HttpRequestMessage message, string path, string bodySha256, ImmutableCredentials credentials,
        IReadOnlyList<string>? labels = null, IReadOnlyList<KeyValuePair<string, string>>? query = null)
    {
        var request = new DefaultRequest(new Operation(), "SimpleEmailV2")
        {
            HttpMethod = message.Method.Method, Endpoint = place.Endpoint, ResourcePath = path, DeterminedSigningRegion = place.Region,
            // As a header it would be replaced by the hash of the content, which this request does not hold.
            PrecomputedContentSha256 = bodySha256,
        };
        for (var i = 0; i < (labels?.Count ?? 0); i++) request.AddPathResource($"{{{i}}}", labels![i]);
        if (query is { Count: > 0 })
        {
            request.UseQueryString = true;
            foreach (var (name, value) in query) request.Parameters[name] = value;
        }

        if (message.Content?.Headers.ContentType is { } type) request.Headers["content-type"] = type.ToString();
        if (credentials.UseToken) request.Headers["x-amz-security-token"] = credentials.Token;
        var signed = _signer.SignRequest(
            request, _config, null, credentials.AccessKey, credentials.SecretKey, time.GetUtcNow().UtcDateTime);
        foreach (var (name, value) in request.Headers)
        {
            if (!name.Equals("content-type", StringComparison.OrdinalIgnoreCase)) message.Headers.TryAddWithoutValidation(name, value);
        }

        message.Headers.TryAddWithoutValidation("Authorization", signed.ForAuthorizationHeader);
    }

    private sealed class Operation : AmazonWebServiceRequest;
}

/// <summary>What the parts of the AWS SDK ask a client's configuration for; nothing is called through it.</summary>
internal sealed class SesClientConfig() : ClientConfig(new NoDefaults())
{
    public override string ServiceVersion => "2019-09-27";

    public override string UserAgent => "silo";

    public override string RegionEndpointServiceName => "email";

    public override Amazon.Runtime.Endpoints.Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        throw new NotSupportedException("Silo calls SES itself.");

    private sealed class NoDefaults : IDefaultConfigurationProvider
    {
        public IDefaultConfiguration GetDefaultConfiguration(Amazon.RegionEndpoint? clientRegion, DefaultConfigurationMode? requestedConfigurationMode) =>
            new DefaultConfiguration();
    }
}
