namespace Silo.Server.SesApi;

/// <summary>
/// An error as a client sees it: the code that chooses the class in an SDK, the HTTP status, the text. This is the one table of
/// codes and statuses.
/// </summary>
internal sealed record SesError(string Code, int Status, string Message)
{
    /// <summary>Seconds after which to try again; sent as retry-after.</summary>
    public int? RetryAfterSeconds { get; init; }

    public static SesError BadRequest(string message) => new("BadRequestException", 400, message);

    public static SesError InvalidNextToken(string message) => new("InvalidNextTokenException", 400, message);

    public static SesError NotFound(string message) => new("NotFoundException", 404, message);

    public static SesError AlreadyExists(string message) => new("AlreadyExistsException", 400, message);

    /// <summary>SES v2 has ConflictException with 409.</summary>
    public static SesError Conflict(string message) => new("ConflictException", 409, message);

    public static SesError LimitExceeded(string message) => new("LimitExceededException", 400, message);

    public static SesError TooManyRequests(string message) => new("TooManyRequestsException", 429, message) { RetryAfterSeconds = 1 };

    public static SesError ConcurrentModification(string resource) => new(
        "ConcurrentModificationException", 500, $"{resource} is being changed by another request. Try again.");

    public static SesError MessageRejected(string message) => new("MessageRejected", 400, message);

    public static SesError SendingPaused(string message) => new("SendingPausedException", 400, message);

    public static SesError MailFromDomainNotVerified(string message) => new("MailFromDomainNotVerifiedException", 400, message);

    public static SesError AccessDenied(string message) => new("AccessDeniedException", 403, message);

    public static SesError Serialization(string message) => new("SerializationException", 400, message);

    public static SesError UnknownOperation(string message) => new("UnknownOperationException", 404, message);

    public static SesError MethodNotAllowed(string message) => new("MethodNotAllowedException", 405, message);

    public static SesError Internal { get; } = new(
        "InternalServiceErrorException", 500, "The service encountered an internal error. Try again.");

    public static SesError Unavailable(string message) => new("ServiceUnavailable", 503, message) { RetryAfterSeconds = 1 };

    public static SesError MissingAuthenticationToken { get; } = new(
        "MissingAuthenticationTokenException", 403, "Missing Authentication Token");

    public static SesError IncompleteSignature(string message) => new("IncompleteSignatureException", 400, message);

    public static SesError UnrecognizedClient { get; } = new(
        "UnrecognizedClientException", 403, "The security token included in the request is invalid.");

    public static SesError InvalidSignature(string message) => new("InvalidSignatureException", 403, message);

    public static SesError SignatureMismatch { get; } = InvalidSignature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
        + "method. Consult the service documentation for details.");
}
