{#-
  The key of a table of several columns: no two rows agree in all of them. Nulls count as
  equal. Returns the keys that stand more than once.
-#}
{% test unique_combination(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
