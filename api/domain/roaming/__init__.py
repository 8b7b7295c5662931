"""The one internal model of OCPI things, shaped like 2.3.0: nobody above ``clients.ocpi`` sees a version.

Wire names and UPPER_CASE values exist only in ``clients/ocpi/v*/wire``; here are the field's words in our spelling.
"""
