"""The audit: no build goes out that does not keep what a release promises.

It reads the build database and says why the release is refused, if it is: an expectation of error
severity that fails or cannot be answered, a dbt test that found what must not be, a table or suite
that is missing, a list that shrank unexplained. It never writes into the database, and nothing that
it says or keeps holds a value of a row.
"""

from orchestration.audit.gate import audit
from orchestration.audit.result import AuditResult, ExpectationResult

__all__ = ["AuditResult", "ExpectationResult", "audit"]
